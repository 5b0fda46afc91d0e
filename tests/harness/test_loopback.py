"""The suite reaches loopback and nothing else."""

from __future__ import annotations

import socket
import threading

import pytest

from tests.harness.loopback import NetworkRefusedError

# Set aside for documentation: nobody answers there (RFC 5737, RFC 3849).
FAR = "192.0.2.1"
FAR_6 = "2001:db8::1"


@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, FAR), (socket.AF_INET6, FAR_6)]
)
def test_no_connection_leaves_the_machine(family, host):
    with socket.socket(family) as way_out:
        way_out.settimeout(1)
        with pytest.raises(NetworkRefusedError):
            way_out.connect((host, 80))
        with pytest.raises(NetworkRefusedError):
            way_out.connect_ex((host, 80))


def test_no_datagram_leaves_the_machine():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out,
        pytest.raises(NetworkRefusedError),
    ):
        way_out.sendto(b"hello", (FAR, 53))


def test_no_name_is_resolved():
    with pytest.raises(NetworkRefusedError):
        socket.create_connection(("example.com", 80), timeout=1)
    with pytest.raises(NetworkRefusedError):
        socket.gethostbyname("example.com")
    # With its dot it is in no hosts file: the resolver asks the network.
    with pytest.raises(NetworkRefusedError):
        socket.gethostbyname("localhost.")


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "192.0.2.1", "::1"])
def test_what_needs_no_resolver_is_read(host):
    assert socket.getaddrinfo(host, 80)


def test_a_thread_does_not_get_out_either():
    met: list[BaseException] = []

    def try_it() -> None:
        try:
            socket.create_connection((FAR, 80), timeout=1)
        except NetworkRefusedError as error:
            met.append(error)

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()

    assert len(met) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_open(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()


def test_unix_sockets_are_open(tmp_path, monkeypatch):
    # Relative, since the whole path may be longer than a socket's may be.
    monkeypatch.chdir(tmp_path)
    with (
        socket.socket(socket.AF_UNIX) as server,
        socket.socket(socket.AF_UNIX) as client,
    ):
        server.bind("door")
        server.listen()
        client.connect("door")
