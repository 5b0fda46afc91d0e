"""What customers name is called, and nothing on our own network is."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.lib.outbound import MAX_BODY_BYTES, OutboundError, is_public, post, split_url
from tests.harness.loopback import NetworkRefusedError
from tests.webhooks.receiver import Receiver, Reply

CERTIFICATE = Path(__file__).parent / "localhost.pem"


@pytest.fixture
def receiver():
    server = Receiver()
    yield server
    server.close()


def call(url, **more):
    return post(url, body=b"{}", headers={"content-type": "application/json"}, **more)


def resolving_to(*addresses):
    """A resolver that knows every name, and by these addresses."""

    def resolve(host, port, **_):
        families = {True: socket.AF_INET6, False: socket.AF_INET}
        return [
            (families[":" in address], socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    return resolve


def numeric(host, port, **_):
    """What the system's resolver makes of numbers, without asking anybody for names."""
    if "localhost" in host:
        host = "127.0.0.1"
    try:
        address = socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host))
    except OSError:
        # The C library's own reading: 127.1, 0x7f000001, 0177.0.0.1, 2130706433.
        address = socket.inet_ntoa(socket.inet_aton(host))
    return resolving_to(address)(host, port)


# --- What is never called -------------------------------------------------------

HOSTILE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://localhost/",
    "http://0/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.254/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://198.18.0.1/",
    "http://192.0.2.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::]/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[2001:db8::1]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fc00::1]/",
    "http://[ff02::1]/",
    "http://[fe80::1%25lo]/",
    "http://①②⑦.⓪.⓪.①/",
]
NO_ADDRESS = [
    "",
    "//example.com/",
    "example.com",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "javascript:alert(1)",
    "http:///path",
    "http://",
    "http://:80/",
    "http://user@example.com/",
    "http://user:password@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1#@example.com/ ",
    "http://127.0.0.1\\@example.com/",
    "http://example.com/\r\nX-Injected: 1",
    "http://exam\tple.com/",
    "http://example.com:99999/",
    "http://example.com:0/",
    "http://example.com:eighty/",
    "http://[::1/",
    "http://a..b/",
    f"http://{'a' * 64}.example/",
    f"http://example.com/{'a' * 2_000}",
    "http://example.com/ü",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_our_own_network_is_never_called(url):
    with pytest.raises(OutboundError):
        call(url, resolve=numeric)


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_address_of_the_web_is_never_called(url):
    with pytest.raises(OutboundError):
        call(url, resolve=resolving_to("93.184.216.34"))


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"],
)
def test_the_open_internet_is_public(address):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_is_as_public_inside_ipv6_as_outside(ip):
    assert is_public(f"::ffff:{ip}") == is_public(str(ip)) == is_public(f"64:ff9b::{ip}")


@given(st.text(max_size=60))
def test_every_text_is_an_address_or_a_sentence(text):
    try:
        split_url(text)
    except OutboundError as error:
        assert str(error)


def test_a_name_is_refused_when_one_of_its_addresses_is_ours(receiver):
    with pytest.raises(OutboundError, match="private network"):
        call(
            f"http://example.com:{receiver.port}/",
            resolve=resolving_to("93.184.216.34", "127.0.0.1"),
        )

    assert receiver.told == []


def test_a_resolver_that_changes_its_mind_is_not_asked_twice(receiver):
    answers = [resolving_to("93.184.216.34"), resolving_to("127.0.0.1")]
    asked = []

    def rebinding(host, port, **more):
        asked.append(host)
        return answers.pop(0)(host, port, **more)

    # The socket of the tests reaches no further than this machine: what was checked,
    # and not what the name says by now, is where it was about to go.
    with pytest.raises(NetworkRefusedError, match=r"93\.184\.216\.34"):
        call(f"http://rebinding.example:{receiver.port}/", resolve=rebinding)

    assert asked == ["rebinding.example"]
    assert receiver.told == []


def test_a_name_that_nobody_knows_is_said_so():
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(OutboundError, match=r"no address for nowhere\.example"):
        call("http://nowhere.example/", resolve=unknown)


# --- What is called ---------------------------------------------------------------


def test_it_posts_the_body_with_its_headers_to_the_name(receiver):
    answer = call(
        f"http://hooks.example:{receiver.port}/a?b=c",
        resolve=resolving_to("127.0.0.1"),
        allow_private=True,
    )

    assert answer.status == 200
    told = receiver.told[0]
    assert (told.path, told.body) == ("/a?b=c", b"{}")
    assert told.headers["Host"] == f"hooks.example:{receiver.port}"
    assert told.headers["Content-Type"] == "application/json"


def test_a_redirect_is_an_answer_and_is_not_followed(receiver):
    receiver.replies.append(Reply(302, {"Location": f"{receiver.url}&again"}))

    assert call(receiver.url, allow_private=True).status == 302
    assert len(receiver.told) == 1


def test_proxies_from_the_environment_are_not_used(receiver, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert call(receiver.url, allow_private=True).status == 200


def test_the_body_is_read_up_to_its_cap(receiver):
    receiver.replies.append(Reply(500, body=b"x" * (MAX_BODY_BYTES + 1)))

    assert len(call(receiver.url, allow_private=True).body) == MAX_BODY_BYTES


def test_the_next_address_is_tried_when_the_first_is_dead(receiver):
    answer = call(
        f"http://hooks.example:{receiver.port}/",
        resolve=resolving_to("::1", "127.0.0.1"),
        allow_private=True,
    )

    assert answer.status == 200


def test_who_is_silent_is_left_after_the_time(receiver):
    wake = threading.Event()
    receiver.replies.append(Reply(before=lambda: wake.wait(10)))

    with pytest.raises(OutboundError, match="No answer within"):
        call(receiver.url, allow_private=True, timeout=0.2)
    wake.set()


def hear(caller):
    """Read the whole request: closing on unread bytes would reset the connection."""
    heard = b""
    while not heard.endswith(b"{}"):
        heard += caller.recv(1_000)


def serve(conversation):
    """A server of bare bytes for one caller; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        caller, _ = listener.accept()
        try:
            conversation(caller)
        except OSError:
            pass  # the caller has hung up
        finally:
            caller.close()
            listener.close()

    threading.Thread(target=run, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_who_drips_its_headers_is_left_after_the_time_all_the_same():
    def drip(caller):
        hear(caller)
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 100:
            caller.sendall(bytes([byte]))
            time.sleep(0.02)

    began = time.monotonic()
    with pytest.raises(OutboundError, match="No answer within"):
        call(serve(drip), allow_private=True, timeout=0.3)
    assert time.monotonic() - began < 5


def test_a_status_counts_however_slowly_the_rest_drips_in(receiver):
    receiver.replies.append(Reply(201, body=b"x" * 50, drip=0.05))

    assert call(receiver.url, allow_private=True, timeout=1).status == 201


@pytest.mark.parametrize(
    "said", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00\xff" * 100]
)
def test_who_speaks_no_http_is_an_error_and_not_a_crash(said):
    def speak(caller):
        hear(caller)
        caller.sendall(said)

    with pytest.raises(OutboundError):
        call(serve(speak), allow_private=True)


def test_who_is_not_there_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(OutboundError, match="No connection"):
        call(f"http://127.0.0.1:{port}/", allow_private=True)


# --- TLS --------------------------------------------------------------------------


def serve_tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)

    def answer(caller):
        with context.wrap_socket(caller, server_side=True) as secure:
            hear(secure)
            secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    return serve(answer).replace("http://127.0.0.1", "https://{host}")


def test_a_certificate_of_nobody_is_refused():
    with pytest.raises(OutboundError, match="certificate is not valid"):
        call(serve_tls().format(host="localhost"), allow_private=True)


def trusting():
    return ssl.create_default_context(cafile=CERTIFICATE)


def test_a_certificate_is_checked_against_the_name_and_not_the_pinned_address():
    answer = call(
        serve_tls().format(host="localhost"),
        resolve=resolving_to("127.0.0.1"),
        allow_private=True,
        tls=trusting(),
    )

    assert answer.status == 204


def test_a_certificate_of_another_name_is_refused():
    with pytest.raises(OutboundError, match="certificate is not valid"):
        call(
            serve_tls().format(host="other.example"),
            resolve=resolving_to("127.0.0.1"),
            allow_private=True,
            tls=trusting(),
        )
