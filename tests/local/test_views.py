"""The Mail page."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client

pytestmark = pytest.mark.urls("tests.local.urls")

NAMES = ("01795478130000000000-aaaaaa", "01795478131000000000-bbbbbb")
HTML = '<html><head><style>a{color:red}</style></head><body><a href="http://x.test/">9</a>'


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


@pytest.fixture
def mailbox(tmp_path: Path, settings) -> Path:
    settings.MAIL_CATCHER_DIR = str(tmp_path)
    return tmp_path


def keep(mailbox: Path, name: str, *, to: str, subject: str = "How did we do?") -> None:
    message = EmailMessage()
    message["Delivered-To"] = to
    message["From"] = "Acme <surveys@example.com>"
    message["To"] = "somebody.else@example.com"
    message["Subject"] = subject
    message["List-Unsubscribe"] = "<http://x.test/u/1/>"
    message.set_content("Open http://x.test/s/1/?score=9")
    message.add_alternative(HTML, subtype="html")
    (mailbox / f"{name}.eml").write_bytes(message.as_bytes())


def test_an_empty_page_says_what_to_do(client, mailbox):
    page = client.get("/mail/").content.decode()

    assert "No mail yet" in page
    assert "curl -u KEY: http://127.0.0.1:8000/v1/batch" in page
    assert "Order Completed" in page


def test_the_newest_mail_comes_first_with_its_recipient_by_the_envelope(client, mailbox):
    keep(mailbox, NAMES[0], to="ada@example.com", subject="The first")
    keep(mailbox, NAMES[1], to="bob@example.com", subject="The <second>")

    page = client.get("/mail/").content.decode()

    assert page.index("The &lt;second&gt;") < page.index("The first")
    assert "To ada@example.com" in page and "To bob@example.com" in page
    assert "somebody.else" not in page
    assert 'hx-trigger="every 2s"' in page


def test_a_mail_shows_this_servers_logos_and_no_other_image(client, mailbox, settings):
    settings.SITE_URL = "http://127.0.0.1:9000"
    keep(mailbox, NAMES[0], to="ada@example.com")

    policy = client.get(f"/mail/{NAMES[0]}/html/").headers["Content-Security-Policy"]

    assert "img-src data: http://127.0.0.1:9000/logos/;" in policy


def test_a_half_written_mail_is_not_shown(client, mailbox):
    (mailbox / f".{NAMES[0]}.part").write_bytes(b"Subject: Half")

    assert "No mail yet" in client.get("/mail/").content.decode()


def test_a_mail_shows_its_parts(client, mailbox):
    keep(mailbox, NAMES[0], to="ada@example.com")

    page = client.get(f"/mail/{NAMES[0]}/").content.decode()

    assert "How did we do?" in page
    assert "List-Unsubscribe" in page
    assert 'href="http://x.test/s/1/?score=9"' in page
    assert f'src="/mail/{NAMES[0]}/html/"' in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page


def test_the_mails_html_keeps_its_style_and_can_run_nothing(client, mailbox):
    keep(mailbox, NAMES[0], to="ada@example.com")

    answer = client.get(f"/mail/{NAMES[0]}/html/")

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src" not in policy and "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert b'<head><base target="_blank"><style>' in answer.content


def test_the_source_is_plain_text_as_it_came(client, mailbox):
    keep(mailbox, NAMES[0], to="ada@example.com")

    answer = client.get(f"/mail/{NAMES[0]}/source/")

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content == (mailbox / f"{NAMES[0]}.eml").read_bytes()


def test_a_mail_without_html_or_subject_or_sense_is_shown_too(client, mailbox):
    (mailbox / f"{NAMES[0]}.eml").write_bytes(b"\xff\xfe not a mail \x00")

    assert "(no subject)" in client.get("/mail/").content.decode()
    page = client.get(f"/mail/{NAMES[0]}/").content.decode()
    assert "This mail has no HTML part." in page


@pytest.mark.parametrize("name", [NAMES[1], "secret_key", "demo", "0-0"])
def test_no_other_file_is_read(client, mailbox, name):
    keep(mailbox, NAMES[0], to="ada@example.com")
    (mailbox / "demo.eml").write_text("Subject: none of yours")

    for page in ("", "html/", "source/"):
        assert client.get(f"/mail/{name}/{page}").status_code == 404


@pytest.mark.parametrize("page", ["", f"{NAMES[0]}/", f"{NAMES[0]}/html/"])
def test_a_visitor_from_elsewhere_is_refused(client, mailbox, settings, page):
    settings.ALLOWED_HOSTS = ["*"]  # so that it is the page that refuses
    keep(mailbox, NAMES[0], to="ada@example.com")
    address = f"/mail/{page}"

    assert client.get(address, REMOTE_ADDR="203.0.113.5").status_code == 403
    # A name of somebody else's that leads to this computer.
    assert client.get(address, headers={"host": "rebound.example"}).status_code == 403
    assert client.get(address, headers={"host": "localhost:8000"}).status_code == 200
    assert client.get(address, headers={"host": "[::1]:8000"}).status_code == 200
    assert client.post(address).status_code == 405
