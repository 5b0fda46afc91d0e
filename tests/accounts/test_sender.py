"""The sending address's SPF, DKIM and DMARC, asked of a real name server."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from promoter.accounts.models import Account, AuditEvent, SenderCheck
from promoter.lib.dns_texts import NotAnswered, TextLookup

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
PATH = "/settings/sending-address/"
KEY = "v=DKIM1; k=rsa; p=" + "MIIBIjANBgkq" * 30
SPF, DMARC = "v=spf1 a:mail.acme.example ~all", "v=DMARC1; p=reject"
MANY = " ".join(f"include:{number}.example" for number in range(12))
FINE = {
    "acme.example": ["site-verification=1", SPF],
    "mail1._domainkey.acme.example": [KEY],
    "_dmarc.acme.example": [DMARC],
}


def findings() -> dict[str, tuple[str, str]]:
    """The state and the record to publish of each, as stored."""
    return {
        one["record"]: (one["state"], one["publish"])
        for one in SenderCheck.objects.get().findings
    }


def states() -> list[str]:
    return [state for state, _ in findings().values()]


def press(client: Client, selector: str = "") -> str:
    answer = client.post(PATH, {"selector": selector}, follow=True)
    words = re.sub(r"<[^>]+>", "", answer.content.decode())
    return " ".join(words.split())


def test_all_is_fine_where_the_records_are_right(alice_client, name_server, account):
    name_server.texts = FINE

    page = press(alice_client, "Mail1._domainkey.acme.example")

    assert states() == ["fine", "fine", "fine"]
    assert "Asked just now" in page
    assert "SPF Fine" in page
    assert AuditEvent.objects.get().action == "settings.domain_checked"
    assert SenderCheck.objects.get().selector == "mail1"


def test_what_is_missing_comes_with_the_record_to_publish(alice_client, name_server):
    name_server.texts = {"acme.example": []}

    page = press(alice_client)

    assert findings() == {
        "SPF": ("missing", "v=spf1 a:mail.acme.example ~all"),
        "DKIM": ("missing", ""),
        "DMARC": ("missing", "v=DMARC1; p=none"),
    }
    assert "as a TXT record of _dmarc.acme.example" in page
    assert "SELECTOR._domainkey.acme.example" in page
    assert "default._domainkey.acme.example" in name_server.asked, "the usual ones"


@pytest.mark.parametrize(
    ("name", "records", "record", "publish", "words"),
    [
        ("acme.example", [SPF, "v=spf1 -all"], "SPF", "", "join these into one"),
        ("acme.example", ["v=spf1 +all"], "SPF", "v=spf1 ~all", "lets everybody send"),
        ("mail1._domainkey.acme.example", ["v=DKIM1; p="], "DKIM", "", "withdrawn"),
        ("_dmarc.acme.example", [DMARC, DMARC + ";"], "DMARC", "", "keep the one"),
        ("_dmarc.acme.example", ["v=DMARC1; p=maybe"], "DMARC", "v=DMARC1; p=none",
         "must be none, quarantine or reject"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    alice_client, name_server, name, records, record, publish, words
):
    name_server.texts = FINE | {name: records}

    page = press(alice_client, "mail1")

    assert findings()[record] == ("wrong", publish)
    assert states().count("fine") == 2
    assert words in page


@pytest.mark.parametrize(
    ("spf", "state"),
    [
        ({"acme.example": ["v=spf1 include:mailgun.org ~all"]}, "fine"),
        ({"acme.example": ["v=spf1 include:all.acme.example ~all"],
          "all.acme.example": ["v=spf1 include:mailgun.org"]}, "fine"),
        ({"acme.example": ["v=spf1 redirect=all.acme.example"],
          "all.acme.example": ["v=spf1 redirect=acme.example"]}, "wrong"),
        ({"acme.example": ["v=spf1 mx ~all"]}, "wrong"),
        ({"acme.example": [f"v=spf1 {MANY}"]}, "wrong"),
    ],
)  # fmt: skip
def test_the_mail_service_must_be_in_spf_and_has_selectors_of_its_own(
    alice_client, name_server, settings, spf, state
):
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    name_server.texts = spf | {"pic._domainkey.acme.example": [KEY]}

    press(alice_client)

    assert states()[:2] == [state, "fine"]
    advised = findings()["SPF"][1]
    if spf["acme.example"] == ["v=spf1 mx ~all"]:
        assert advised == "v=spf1 include:mailgun.org mx ~all"


def test_a_service_with_an_envelope_of_its_own_needs_no_entry(
    alice_client, name_server, settings
):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"

    page = press(alice_client)

    assert states()[0] == "fine"
    assert "needs no entry" in page


def test_a_subdomain_is_covered_by_its_parents_dmarc(alice_client, name_server, settings):
    settings.DEFAULT_FROM_EMAIL = "surveys@news.acme.example"
    name_server.texts = FINE

    press(alice_client)

    assert states()[2] == "fine"


def test_name_servers_that_fail_say_nothing_about_the_domain(alice_client, name_server):
    name_server.fails = True

    page = press(alice_client)

    assert states() == ["unknown"] * 3
    assert "Could not be asked" in page


def test_the_look_ups_end_together_when_nobody_answers(name_server):
    name_server.is_silent = True
    lookup = TextLookup(server=name_server.address, seconds=0.05)

    for _ in range(20):
        with pytest.raises(NotAnswered):
            lookup.texts("acme.example")
    assert len(name_server.asked) <= 2


def test_no_page_asks_the_dns_by_itself(alice_client, name_server):
    for path in (PATH, "/", "/settings/"):
        assert alice_client.get(path).status_code == 200

    assert name_server.asked == []
    assert "Not checked yet" in alice_client.get(PATH).content.decode()


@pytest.mark.parametrize("wrong", ["a b", "-mail", "x" * 64, "sel/../etc"])
def test_a_selector_that_is_none_is_refused(alice_client, name_server, wrong):
    assert alice_client.post(PATH, {"selector": wrong}).status_code == 422
    assert name_server.asked == []


def test_only_an_owner_asks_and_everybody_reads(alice_client, bob, charlie, name_server):
    name_server.texts = FINE
    press(alice_client, "mail1")
    name_server.asked.clear()
    client = Client()
    client.force_login(bob)

    assert client.post(PATH).status_code == 403
    assert "acme.example" in client.get(PATH).content.decode()
    stranger = Client()
    stranger.force_login(charlie)
    assert "Not checked yet" in stranger.get(PATH).content.decode()
    assert name_server.asked == []


def test_another_sending_address_makes_the_last_look_void(
    alice_client, name_server, settings
):
    press(alice_client)
    settings.DEFAULT_FROM_EMAIL = "surveys@other.example"

    assert "Not checked yet" in alice_client.get(PATH).content.decode()


def test_the_first_steps_know_what_the_dns_said(alice_client, name_server, account):
    def step() -> str:
        page = " ".join(alice_client.get("/").content.decode().split())
        return page.split('data-done="')[2]

    assert step().startswith("no")
    assert "Check the sending address" in step()
    name_server.texts = FINE
    press(alice_client)
    assert "To mend at acme.example: DKIM." in step()
    press(alice_client, "mail1")
    assert step().startswith("yes")


def test_an_owner_puts_the_first_steps_away_and_brings_them_back(
    alice_client, bob, account
):
    client = Client()
    client.force_login(bob)
    assert "Put these steps away" not in client.get("/").content.decode()
    assert client.post("/settings/first-steps/", {"show": "no"}).status_code == 403

    page = alice_client.post("/settings/first-steps/", {"show": "no"}, follow=True)
    assert "data-done" not in page.content.decode()
    assert "No answer yet" in page.content.decode()
    away = Account.objects.get(pk=account.pk).first_steps_dismissed_at
    alice_client.post("/settings/first-steps/", {"show": "no"})
    assert Account.objects.get(pk=account.pk).first_steps_dismissed_at == away

    assert "Show them again" in alice_client.get("/settings/").content.decode()
    page = alice_client.post("/settings/first-steps/", {"show": "yes"}, follow=True)
    assert page.content.decode().count("data-done") == 5
    actions = list(AuditEvent.objects.values_list("action", flat=True))
    assert actions == ["settings.checklist_shown", "settings.checklist_dismissed"]
