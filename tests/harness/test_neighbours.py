"""The harness itself: its neighbours are real, fresh for every test, and mortal."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys

import pytest

from promoter.celery import app
from tests.harness.processes import REPOSITORY, wait_until

MAIL = b"Message-ID: <1@example.com>\r\nSubject: hello\r\n\r\n.dotted\r\n"


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def send(port: int, to: str = "ann@example.com") -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.sendmail("us@example.com", [to], MAIL)


def test_the_mail_server_keeps_what_it_took(smtp_sink):
    send(smtp_sink.port)
    assert smtp_sink.recipients == ["ann@example.com"]
    assert smtp_sink.mails[0]["Subject"] == "hello"
    assert smtp_sink.mails[0].get_content().strip() == ".dotted"


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "dot"])
def test_the_mail_server_refuses_where_it_is_told_to(smtp_sink, phase):
    smtp_sink.answer(phase, "451 4.3.0 not now", times=1)
    with pytest.raises(smtplib.SMTPException):
        send(smtp_sink.port)
    assert smtp_sink.envelopes == []
    send(smtp_sink.port)
    assert len(smtp_sink.envelopes) == 1


@pytest.mark.parametrize("phase", ["connect", "ehlo", "mail", "rcpt", "data", "dot"])
def test_the_mail_server_hangs_up_where_it_is_told_to(smtp_sink, phase):
    smtp_sink.drop(phase)
    with pytest.raises((smtplib.SMTPException, ConnectionError)):
        send(smtp_sink.port)
    assert smtp_sink.envelopes == []


def test_a_mail_may_be_taken_and_never_answered(smtp_sink):
    smtp_sink.drop("dot", keep=True)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(smtp_sink.port)
    assert len(smtp_sink.envelopes) == 1


def test_a_rule_can_be_for_one_recipient(smtp_sink):
    smtp_sink.answer("rcpt", "550 5.1.1 nobody", to="bob@example.com")
    send(smtp_sink.port, "ann@example.com")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(smtp_sink.port, "bob@example.com")


def test_the_process_counts_message_ids(smtp_process):
    for _ in range(3):
        send(smtp_process.port)
    assert smtp_process.counts() == {"<1@example.com>": 3}


def test_a_message_waits_in_the_broker_while_nobody_consumes(valkey):
    app.send_task("celery.ping")
    with app.connection_for_read() as connection:
        assert connection.default_channel.client.llen("promoter") == 1


def test_the_worker_takes_tasks(celery_worker):
    assert app.control.ping(destination=[celery_worker.name], timeout=5)
    app.send_task("celery.backend_cleanup")
    with app.connection_for_read() as connection:
        client = connection.default_channel.client
        wait_until(lambda: client.llen("promoter") == 0)


def test_neighbours_die_with_a_killed_test_process(tmp_path):
    code = (
        "import sys, time; from pathlib import Path\n"
        "from tests.harness.processes import Leashed\n"
        f"child = Leashed(['sleep', '300'], log=Path({str(tmp_path / 'log')!r}))\n"
        "print(child.pid, flush=True); time.sleep(300)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert exists(pid)
        parent.kill()
    wait_until(lambda: not exists(pid), what="the child's end")
