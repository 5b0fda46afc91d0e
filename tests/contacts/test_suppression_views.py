"""Who is not mailed: added, found, and let be mailed again where that is right."""

from __future__ import annotations

import pytest
from django.urls import reverse

from contacts.addresses import address_digest
from contacts.models import Suppression
from contacts.suppression import lift, suppress, suppress_all
from promoter.accounts.models import Membership

pytestmark = pytest.mark.django_db
FOR_GOOD = ["unsubscribed", "complained", "erased"]


def make(account, reason: str, email: str = "ann@example.com") -> Suppression:
    return Suppression.objects.create(
        account=account,
        email="" if reason == "erased" else email,
        address_digest=address_digest(email),
        reason=reason,
    )


def page(client, **query: str) -> str:
    return client.get(reverse("contact-suppressions"), query).content.decode()


def do_lift(client, row: Suppression, **data: str):
    return client.post(
        reverse("contact-suppression-lift", args=[row.pk]), data, follow=True
    )


class TestTakingBack:
    @pytest.mark.parametrize("reason", ["manual", "bounced"])
    def test_what_the_team_decided_can_be_taken_back(self, alice_client, account, reason):
        row = make(account, reason)
        assert "Mail again" in page(alice_client)
        answer = do_lift(alice_client, row).content.decode()
        assert "may be mailed again" in answer
        assert not Suppression.objects.exists()

    @pytest.mark.parametrize("reason", FOR_GOOD)
    def test_what_the_person_or_the_law_decided_cannot(self, alice_client, account, reason):
        row = make(account, reason)
        assert "Mail again" not in page(alice_client)
        do_lift(alice_client, row)
        assert Suppression.objects.get() == row

    def test_the_button_of_an_old_page_respects_a_later_unsubscribe(self, account, now):
        row = make(account, "manual")
        suppress(account=account, email=row.email, reason="unsubscribed", now=now)
        assert lift(suppression=row) is False
        assert Suppression.objects.get().reason == "unsubscribed"

    def test_it_leads_back_only_to_ourselves(self, alice_client, account):
        row = make(account, "manual")
        path = reverse("contact-suppression-lift", args=[row.pk])
        answer = alice_client.post(path, {"next": "https://evil.example.com/"})
        assert answer["Location"] == reverse("contact-suppressions")


class TestStrength:
    @pytest.mark.parametrize("before", ["manual", "bounced"])
    @pytest.mark.parametrize("after", ["unsubscribed", "complained"])
    def test_a_lasting_reason_replaces_a_passing_one(self, account, now, before, after):
        make(account, before)
        row = suppress(account=account, email="ANN@example.com", reason=after, now=now)
        assert row.reason == Suppression.objects.get().reason == after

    @pytest.mark.parametrize("before", FOR_GOOD)
    @pytest.mark.parametrize("after", ["manual", "bounced", "unsubscribed", "complained"])
    def test_nothing_replaces_a_lasting_one(self, account, now, before, after):
        make(account, before)
        suppress(account=account, email="ann@example.com", reason=after, now=now)
        assert Suppression.objects.get().reason == before

    def test_nobody_at_all_is_no_work(self, account, now):
        assert suppress_all(account=account, entries=[], now=now) == (0, 0, 0)


class TestAdding:
    def test_pasted_addresses_are_not_mailed_from_now_on(self, alice_client, account):
        make(account, "bounced", "old@example.com")
        answer = alice_client.post(
            reverse("contact-suppression-add"),
            {"addresses": "a@x.io\r\nb@x.io, old@example.com\n", "detail": "left"},
            follow=True,
        ).content.decode()
        assert "2 added" in answer
        assert "1 must not be mailed already" in answer
        assert set(
            Suppression.objects.filter(reason="manual").values_list("email", "detail")
        ) == {("a@x.io", "left"), ("b@x.io", "left")}

    def test_one_wrong_address_stops_all_and_is_named(self, alice_client):
        answer = alice_client.post(
            reverse("contact-suppression-add"), {"addresses": "a@x.io\nbob"}
        ).content.decode()
        assert "“bob” is not one email address." in answer
        assert not Suppression.objects.exists()


class TestFinding:
    def test_by_part_of_an_address_and_by_reason(self, alice_client, account):
        make(account, "bounced", "cleo@example.com")
        make(account, "manual", "bob@example.com")
        assert "bob@" not in page(alice_client, q="cleo")
        assert "cleo@" not in page(alice_client, reason="manual")
        assert "No such address" in page(alice_client, q="zoe")

    def test_an_erased_person_is_found_by_the_whole_address_only(
        self, alice_client, account
    ):
        make(account, "erased", "gone@example.com")
        assert "An erased person" in page(alice_client, q="Gone@example.com")
        assert "No such address" in page(alice_client, q="gone@")

    def test_nothing_strange_breaks_it(self, alice_client):
        for query in ("\0", "%", "'", "x" * 5000):
            assert page(alice_client, q=query, reason="\0", older="1.2", newer="x")

    def test_a_viewer_looks(self, alice, alice_client, account):
        row = make(account, "manual")
        Membership.objects.filter(user=alice).update(role="viewer")
        assert "Mail again" not in page(alice_client)
        assert do_lift(alice_client, row).status_code == 403
        path = reverse("contact-suppression-add")
        assert alice_client.post(path, {"addresses": "a@x.io"}).status_code == 403
        assert Suppression.objects.get() == row

    def test_a_stranger_cannot_take_back(self, charlie_client, account):
        row = make(account, "manual")
        assert do_lift(charlie_client, row).status_code == 404
        assert Suppression.objects.exists()
