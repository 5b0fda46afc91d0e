"""The way out: each fault of a mail server, at each step, told apart by what to do."""

from __future__ import annotations

import pytest
from django.core.mail import EmailMessage

from surveys.sending import transport
from surveys.sending.faults import (
    MayHaveLeft,
    NotNow,
    Refused,
    SenderRefused,
    ServerUnwell,
    SignInRefused,
    recipient_fault,
)
from tests.surveys.outbox import first_of, hand_over, prepare


def mail(to: str = "ann@example.com", body: str = "Hello") -> EmailMessage:
    return EmailMessage("Hello", body, "us@example.com", [to])


@pytest.fixture
def way_out(smtp_sink):
    with transport.connection() as opened:
        yield first_of(opened)


def send(way_out, message: EmailMessage | None = None) -> None:
    prepare(way_out, message or mail())
    hand_over(way_out)


def test_many_mails_take_one_connection(way_out, smtp_sink):
    for number in range(5):
        send(way_out, mail(f"p{number}@example.com"))
    assert smtp_sink.recipients == [f"p{number}@example.com" for number in range(5)]
    assert smtp_sink.connections == 1


def test_nothing_leaves_before_the_hand_over(way_out, smtp_sink):
    prepare(way_out, mail())
    assert smtp_sink.envelopes == []
    way_out.abandon()
    send(way_out, mail("next@example.com"))
    assert smtp_sink.recipients == ["next@example.com"]


def test_lines_that_begin_with_a_dot_arrive_whole(way_out, smtp_sink):
    send(way_out, mail(body=".\r\n..two\r\n.three"))
    assert smtp_sink.mails[0].get_content().splitlines() == [".", "..two", ".three"]


@pytest.mark.parametrize("phase", ["connect", "ehlo", "mail"])
@pytest.mark.parametrize("code", ["421 4.3.2", "451 4.3.0", "550 5.7.1"])
def test_a_server_that_refuses_us_is_unwell(way_out, smtp_sink, phase, code):
    # Without EHLO smtplib asks with HELO, which the server refuses likewise.
    smtp_sink.answer(phase, f"{code} not you")
    about_sender = (phase, code[:3]) == ("mail", "550")
    with pytest.raises(SenderRefused if about_sender else ServerUnwell, match=code[:3]):
        prepare(way_out, mail())


@pytest.mark.parametrize(
    ("reply", "fault"),
    [("535 5.7.8 wrong password", SignInRefused), ("454 4.7.0 try later", ServerUnwell)],
)
def test_a_refused_sign_in_is_the_servers_word(smtp_sink, settings, reply, fault):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "secret"
    smtp_sink.answer("auth", reply)
    with transport.connection() as way_out, pytest.raises(fault, match=reply[:3]):
        way_out.open()


def test_a_right_sign_in_opens_the_way(smtp_sink, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "secret"
    with transport.connection() as way_out:
        send(way_out)
    assert len(smtp_sink.envelopes) == 1


@pytest.mark.parametrize("phase", ["connect", "ehlo", "mail", "rcpt"])
def test_a_server_that_hangs_up_early_is_unwell(way_out, smtp_sink, phase):
    smtp_sink.drop(phase)
    with pytest.raises(ServerUnwell):
        prepare(way_out, mail())


def test_no_server_at_all_is_unwell(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with transport.connection() as way_out, pytest.raises(ServerUnwell, match="refused"):
        way_out.open()


@pytest.mark.parametrize("phase", ["connect", "ehlo", "mail", "rcpt"])
def test_a_server_that_says_nothing_early_is_unwell(smtp_sink, settings, phase):
    settings.EMAIL_TIMEOUT = 0.2
    smtp_sink.delay(phase, 2)
    with transport.connection() as way_out, pytest.raises(ServerUnwell, match="timed out"):
        prepare(way_out, mail())


@pytest.mark.parametrize("phase", ["mail", "rcpt"])
@pytest.mark.parametrize("how", ["drop", "421"])
def test_a_connection_that_was_used_up_is_replaced(way_out, smtp_sink, phase, how):
    send(way_out)
    if how == "drop":
        smtp_sink.drop(phase, times=1)
    else:
        smtp_sink.answer(phase, "421 4.7.0 enough for one connection", times=1)
    send(way_out, mail("bob@example.com"))
    assert smtp_sink.recipients == ["ann@example.com", "bob@example.com"]
    assert smtp_sink.connections == 2


def test_a_connection_that_idled_before_its_first_mail_is_replaced(way_out, smtp_sink):
    way_out.open()
    smtp_sink.reset()
    send(way_out)
    assert smtp_sink.recipients == ["ann@example.com"]


def test_a_connection_lost_while_the_next_mail_begins_is_no_answer(way_out, smtp_sink):
    smtp_sink.drop("dot")
    prepare(way_out, mail())
    way_out.hand_over()
    # The first words into a closed connection go through, the next are refused.
    for _ in range(20):
        way_out.begin(mail("bob@example.com"))
    with pytest.raises(MayHaveLeft):
        way_out.answer()


def test_a_recipient_may_be_refused_for_now(way_out, smtp_sink):
    smtp_sink.answer("rcpt", "451 4.7.1 greylisted", to="ann@example.com")
    with pytest.raises(NotNow, match="greylisted"):
        prepare(way_out, mail())
    send(way_out, mail("bob@example.com"))
    assert smtp_sink.recipients == ["bob@example.com"]
    assert smtp_sink.connections == 1


@pytest.mark.parametrize(
    ("reply", "fault", "dead"),
    [
        ("550 5.1.1 no such user", Refused, True),
        ("550 no such user here", Refused, True),
        ("551 user not local", Refused, True),
        ("553 5.1.3 bad address syntax", Refused, True),
        ("550 5.1.10 recipient not found", Refused, True),
        ("550 5.2.1 mailbox disabled", Refused, True),
        ("550 5.0.0 no", Refused, True),
        ("552 5.2.2 mailbox full", Refused, False),
        ("450 4.2.1 busy mailbox", NotNow, False),
        ("452 4.5.3 too many recipients", NotNow, False),
        ("421 4.3.2 shutting down", ServerUnwell, False),
        # Postfix says at RCPT what is wrong with us: nobody may be suppressed for that.
        ("554 5.7.1 Relay access denied", ServerUnwell, False),
        ("550 relaying denied", ServerUnwell, False),
        ("550 5.7.26 unauthenticated mail", ServerUnwell, False),
        ("550 5.1.8 sender address rejected", SenderRefused, False),
        ("503 5.5.1 bad sequence", ServerUnwell, False),
        ("530 authentication required", ServerUnwell, False),
    ],
)
def test_what_a_refusal_of_a_recipient_means(reply, fault, dead):
    code, _, text = reply.partition(" ")
    found = recipient_fault(int(code), text.encode())
    assert type(found) is fault
    assert getattr(found, "dead", False) is dead
    assert str(found) == reply


@pytest.mark.parametrize("phase", ["data", "dot"])
@pytest.mark.parametrize(
    ("reply", "fault"), [("452 4.3.1 no space", NotNow), ("554 5.7.1 spam", Refused)]
)
def test_an_answer_to_the_mail_is_a_definite_one(way_out, smtp_sink, phase, reply, fault):
    smtp_sink.answer(phase, reply, times=1)
    with pytest.raises(fault, match=reply[:3]):
        send(way_out)
    send(way_out, mail("bob@example.com"))
    assert smtp_sink.recipients == ["bob@example.com"]


def test_who_hangs_up_before_the_mail_itself_did_not_get_it(way_out, smtp_sink):
    smtp_sink.drop("data", times=1)
    with pytest.raises(NotNow):
        send(way_out)
    send(way_out)
    assert len(smtp_sink.envelopes) == 1


@pytest.mark.parametrize("keep", [True, False])
def test_who_hangs_up_after_the_final_dot_may_have_it(way_out, smtp_sink, keep):
    smtp_sink.drop("dot", keep=keep, times=1)
    prepare(way_out, mail())
    with pytest.raises(MayHaveLeft):
        hand_over(way_out)
    assert len(smtp_sink.envelopes) == keep
    send(way_out, mail("bob@example.com"))
    assert smtp_sink.recipients[-1] == "bob@example.com"


@pytest.mark.parametrize("phase", ["mail", "rcpt"])
def test_a_server_that_talks_nonsense_early_is_unwell(way_out, smtp_sink, phase):
    smtp_sink.answer(phase, "hello")
    with pytest.raises(ServerUnwell):
        prepare(way_out, mail())


def test_nonsense_after_the_final_dot_is_not_a_yes(way_out, smtp_sink):
    smtp_sink.answer("dot", "hello", times=1)
    prepare(way_out, mail())
    with pytest.raises(MayHaveLeft):
        hand_over(way_out)
    send(way_out, mail("bob@example.com"))
    assert smtp_sink.recipients[-1] == "bob@example.com"


def test_who_says_nothing_after_the_final_dot_may_have_it(smtp_sink, settings):
    settings.EMAIL_TIMEOUT = 0.2
    smtp_sink.delay("dot", 2)
    with transport.connection() as way_out:
        prepare(way_out, mail())
        with pytest.raises(MayHaveLeft, match="timed out"):
            hand_over(way_out)
    assert len(smtp_sink.envelopes) == 1


def test_an_international_domain_travels_in_ascii(way_out, smtp_sink):
    send(way_out, mail("ann@müller.example"))
    assert smtp_sink.recipients == ["ann@xn--mller-kva.example"]


def test_an_address_that_no_server_takes_is_refused(way_out, smtp_sink):
    with pytest.raises(Refused) as refused:
        prepare(way_out, mail("änn@example.com"))
    assert not refused.value.dead


@pytest.mark.parametrize("subject", ["a\nBcc: eve@example.com", "half \ud800"])
def test_a_mail_that_can_not_be_written_says_so_before_it_leaves(way_out, subject):
    message = mail()
    message.subject = subject
    with pytest.raises(ValueError, match=r"(?i)newline|surrogate"):
        prepare(way_out, message)
    way_out.abandon()
    send(way_out)


def test_a_kept_connection_serves_the_next_run(smtp_sink):
    for _ in range(3):
        with transport.kept_connection() as way_out:
            send(way_out)
    assert smtp_sink.connections == 1
    transport.close_kept_connection()


def test_a_kept_connection_is_not_kept_for_long(smtp_sink, monkeypatch):
    for _ in range(2):
        with transport.kept_connection() as way_out:
            send(way_out)
        monkeypatch.setattr(transport, "KEEP_IDLE_SECONDS", -1)
    assert smtp_sink.connections == 2
    transport.close_kept_connection()


def test_any_other_backend_takes_the_mail_whole(mailoutbox):
    with transport.connection() as way_out:
        way_out.open()
        prepare(way_out, mail())
        assert mailoutbox == []
        hand_over(way_out)
    assert mailoutbox[0].to == ["ann@example.com"]
