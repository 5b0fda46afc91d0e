"""Many contacts at once: found, chosen, acted on."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from contacts import bulk_runs, bulk_views
from contacts.filters import ContactFilter
from contacts.models import (
    Attribute,
    BulkJob,
    Contact,
    ContactList,
    SavedFilter,
    Suppression,
)
from contacts.suppression import suppress
from promoter.accounts.models import AuditEvent, Membership
from segment_ingest.tasks import run_bulk_jobs

pytestmark = pytest.mark.django_db
PEOPLE = [
    {"plan": "pro", "seats": 5, "2024": "yes", "vip": True, "since": "2026-01-31"},
    {"plan": "free", "seats": 5.5, "2024": "no", "vip": False, "text seats": "10"},
    {"plan": ["pro"], 'a "quoted" name': "x", "text seats": "-1", "since": "1.2.3"},
]
PEOPLE[1]["since"] = "2026-02-01T10:00:00+01:00"


@pytest.fixture
def people(account) -> list[Contact]:
    rows = []
    for number, attributes in enumerate(PEOPLE):
        contact = Contact(account=account, user_id=f"u{number}", attributes=attributes)
        contact.set_email(f"p{number}@example.com")
        contact.save()
        rows.append(contact)
    return rows


@pytest.fixture
def beta(account) -> ContactList:
    return ContactList.objects.create(account=account, name="Beta")


def found(account, **wanted: str) -> set[str]:
    return meant(account, urlencode(wanted))


def meant(account, query: str) -> set[str]:
    contacts = ContactFilter.read(query).contacts_of(account)
    return {str(contact.user_id) for contact in contacts}


def act(client, **data):
    return client.post(reverse("contact-bulk"), data, follow=True)


class TestFilters:
    @pytest.mark.parametrize(
        ("name", "value", "who"),
        [
            ("plan", "pro", {"u0"}),
            ("plan", "Pro", set()),
            ("plan", "", {"u0", "u1", "u2"}),
            ("seats", "5", {"u0"}),
            ("seats", "5.5", {"u1"}),
            ("vip", "true", {"u0"}),
            ("vip", "false", {"u1"}),
            ("2024", "yes", {"u0"}),
            ("2024", "", {"u0", "u1"}),
            ("seats__gt", "1", set()),
            ("it's", "1", set()),
            ("$.plan", "pro", set()),
        ],
    )
    def test_by_attribute_the_same_on_both_databases(
        self, account, people, name, value, who
    ):
        assert found(account, attribute=name, value=value) == who

    @pytest.mark.parametrize(
        ("name", "op", "value", "who"),
        [
            ("plan", "not", "pro", {"u1", "u2"}),
            ("plan", "contains", "PR", {"u0", "u2"}),
            ("plan", "contains", "%", set()),
            ("plan", "lacks", "", set()),
            ("seats", "lacks", "ignored", {"u2"}),
            ("seats", "is", "5.0", {"u0"}),
            ("seats", "not", "5.0", {"u1", "u2"}),
            ("seats", "over", "5", {"u1"}),
            ("seats", "under", "5.5", {"u0"}),
            ("text seats", "over", "9", {"u1"}),
            ("text seats", "under", "9", {"u2"}),
            ("since", "before", "2026-02-01", {"u0"}),
            ("since", "since", "2026-02-01", {"u1"}),
            ("since", "since", "2026-01-31", {"u0", "u1"}),
            ("vip", "is", "Yes", {"u0"}),
            ("vip", "not", "no", {"u0", "u2"}),
            ("seats", "over", "many", set()),
            ("seats", "over", "inf", set()),
            ("since", "before", "yesterday", set()),
            ("plan", "contains", "", set()),
        ],
    )
    def test_by_operator_the_same_on_both_databases(
        self, account, people, name, op, value, who
    ):
        assert found(account, attribute=name, op=op, value=value) == who

    def test_several_conditions_hold_together(self, alice_client, account, people):
        query = "attribute=seats&op=over&value=1&attribute=&op=is&value=x&attribute=plan"
        assert meant(account, query) == {"u0", "u1"}
        both = f"{query}&op=is&value=pro"
        assert meant(account, both) == {"u0"}
        assert meant(account, ContactFilter.read(both).query) == {"u0"}

    def test_the_form_offers_what_suits_the_type(self, alice_client, account, people, now):
        for name, kind in (("seats", "number"), ("vip", "boolean")):
            Attribute.objects.create(
                account=account, name=name, type=kind, last_seen_at=now
            )
        query = "attribute=seats&op=over&value=lots&attribute=vip&op=is&value=true"
        page = alice_client.get(f"/contacts/?{query}").content.decode()
        assert "“lots” is none" in page
        assert '<option value="yes" selected>Yes</option>' in page
        assert '<option value="seats">Number</option>' in page

        part = alice_client.get("/contacts/condition/?attribute=seats").content.decode()
        assert 'value="over"' in part
        assert 'value="before"' not in part

    def test_by_list_and_mail(self, account, people, beta, now):
        beta.contacts.add(people[0])
        suppress(account=account, email="P1@example.com", reason="manual", now=now)
        Contact.objects.create(account=account, user_id="silent")

        assert found(account, list=str(beta.pk)) == {"u0"}
        assert found(account, mail="yes") == {"u0", "u2"}
        assert found(account, mail="no") == {"u1"}
        assert found(account, mail="none") == {"silent"}

    def test_what_makes_no_sense_is_no_wish(self, account, people):
        assert not ContactFilter.read("mail=maybe&list=x&q=%00&sort=x&op=is&value=5")
        assert found(account, list="9" * 30) == set()

    def test_a_view_is_saved_found_again_and_deleted(self, alice_client, account, people):
        wanted = "attribute=plan&value=pro&junk=1"
        alice_client.post(reverse("contact-filter-save"), {"name": "Pro", "filter": wanted})
        saved = SavedFilter.objects.get(account=account)
        assert saved.query == "attribute=plan&op=is&value=pro"
        page = alice_client.get(f"/contacts/?{saved.query}").content.decode()
        assert "p0@" in page.replace("<wbr>", "")
        assert "p1@" not in page.replace("<wbr>", "")
        assert "Delete this view" in page

        alice_client.post(reverse("contact-filter-save"), {"name": "Old", "filter": "q=a"})
        rename = reverse("contact-filter-rename", args=[saved.pk])
        answer = alice_client.post(rename, {"name": "Old"}, follow=True)
        assert "a view called “Old” already" in answer.content.decode()
        alice_client.post(rename, {"name": " Pro  plan "})
        names = SavedFilter.objects.values_list("name", flat=True)
        assert set(names) == {"Old", "Pro plan"}
        SavedFilter.objects.get(name="Old").delete()

        alice_client.post(reverse("contact-filter-delete", args=[saved.pk]))
        assert not SavedFilter.objects.exists()

    def test_no_view_without_a_wish(self, alice_client):
        alice_client.post(reverse("contact-filter-save"), {"name": "All", "filter": ""})
        assert not SavedFilter.objects.exists()


class TestActs:
    def test_the_ticked_are_added_and_removed(self, alice_client, people, beta):
        ticked = [people[0].pk, people[2].pk]
        act(alice_client, act="add", list=beta.pk, contact=ticked)
        assert set(beta.contacts.all()) == {people[0], people[2]}
        act(alice_client, act="remove", list=beta.pk, contact=people[0].pk)
        assert set(beta.contacts.all()) == {people[2]}

    def test_all_that_the_filter_finds(self, alice_client, people, beta):
        act(alice_client, act="add", list=beta.pk, all="yes", filter="attribute=seats")
        assert set(beta.contacts.all()) == set(people[:2])

    def test_stopping_asks_first(self, alice_client, people):
        asked = act(alice_client, act="stop", all="yes", filter="q=p1")
        assert "1 contact with an address will get no survey" in asked.content.decode()
        assert not Suppression.objects.exists()
        act(alice_client, act="stop", all="yes", filter="q=p1", confirmed="yes")
        row = Suppression.objects.get()
        assert (row.email, row.reason) == ("p1@example.com", "manual")

    def test_the_ticked_are_exported(self, alice_client, people):
        answer = alice_client.post(
            reverse("contact-bulk"), {"act": "export", "contact": people[1].pk}
        )
        lines = b"".join(answer.streaming_content).decode().splitlines()
        assert [line.partition(",")[0] for line in lines[1:]] == ["u1"]

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            ({"act": "add"}, "Choose some contacts first."),
            ({"act": "", "all": "yes"}, "Choose what to do with them."),
            ({"act": "add", "all": "yes"}, "Choose a list"),
            ({"act": "add", "all": "yes", "list": "x"}, "Choose a list"),
        ],
    )
    def test_what_is_missing_is_said(self, alice_client, people, data, sentence):
        assert sentence in act(alice_client, **data).content.decode()

    def test_ids_of_others_are_nobody(self, charlie_client, people, beta, other_account):
        theirs = ContactList.objects.create(account=other_account, name="Theirs")
        ticked = [contact.pk for contact in people]
        act(charlie_client, act="add", list=theirs.pk, contact=ticked)
        act(charlie_client, act="add", list=beta.pk, contact=ticked)
        act(charlie_client, act="stop", contact=ticked, confirmed="yes")
        assert not theirs.contacts.exists()
        assert not beta.contacts.exists()
        assert not Suppression.objects.exists()

    def test_a_viewer_exports_and_changes_nothing(self, alice, alice_client, people, beta):
        Membership.objects.filter(user=alice).update(role="viewer")
        for name in ("add", "remove", "stop"):
            answer = act(alice_client, act=name, list=beta.pk, all="yes", confirmed="yes")
            assert answer.status_code == 403
        everybody = {"act": "export", "all": "yes", "filter": "q=p1"}
        answer = alice_client.post(reverse("contact-bulk"), everybody, follow=True)
        lines = b"".join(answer.streaming_content).decode().splitlines()
        assert [line.partition(",")[0] for line in lines[1:]] == ["u1"]
        assert not Suppression.objects.exists()
        assert not beta.contacts.exists()


class TestInTheBackground:
    """Many, in parts, by a worker."""

    @pytest.fixture(autouse=True)
    def _everybody_is_many(self, monkeypatch):
        monkeypatch.setattr(bulk_views, "FEW", 1)
        monkeypatch.setattr(bulk_runs, "PART", 1)
        monkeypatch.setattr(bulk_runs, "ERASING_PART", 1)

    def test_a_worker_does_it_part_by_part(self, alice_client, account, people, beta):
        page = act(
            alice_client, act="add", list=beta.pk, all="yes", filter="attribute=seats"
        )
        assert "0 of 2 contacts" in page.content.decode()
        assert not beta.contacts.exists()
        later = Contact.objects.create(account=account, attributes={"seats": 9})
        assert "Watch it" in alice_client.get("/contacts/").content.decode()

        run_bulk_jobs()
        assert set(beta.contacts.all()) == set(people[:2])
        assert later not in beta.contacts.all()
        job = BulkJob.objects.get()
        assert (job.status, job.seen, job.changed) == ("done", 2, 2)
        progress = alice_client.get(f"/contacts/chosen/{job.pk}/progress/")
        assert "It is done" in progress.content.decode()
        assert AuditEvent.objects.get().details == {"count": 2}

    def test_a_dead_workers_job_goes_on_where_it_stopped(
        self, alice_client, people, now, monkeypatch
    ):
        act(alice_client, act="stop", all="yes", confirmed="yes")
        job = BulkJob.objects.claim(now=now)
        bulk_runs.run(job=job, erase=None, clock=lambda: now, until=now)
        assert BulkJob.objects.get().seen == 1
        # It claims again, and is killed; a second worker finds the lease out.
        dead = BulkJob.objects.claim(now=now)
        run_bulk_jobs()
        assert (BulkJob.objects.get().status, Suppression.objects.count()) == ("done", 3)
        assert not dead.hold(seen=0)

    def test_erasing_wants_the_number_typed(self, alice_client, account, people):
        wanted = {"act": "erase", "all": "yes", "filter": "attribute=seats"}
        page = act(alice_client, **wanted).content.decode()
        assert "Type 2 to confirm" in page
        page = act(alice_client, **wanted, confirmed="3").content.decode()
        assert "Nobody was erased" in page
        assert not BulkJob.objects.exists()

        act(alice_client, **wanted, confirmed="2")
        run_bulk_jobs()
        assert set(Contact.objects.all()) == {people[2]}
        assert set(Suppression.objects.values_list("reason", "email")) == {("erased", "")}
        assert AuditEvent.objects.get().action == "contact.many_erased"

    def test_never_more_are_erased_than_were_agreed_to(self, alice_client, people):
        act(alice_client, act="erase", all="yes", filter="attribute=seats", confirmed="2")
        Contact.objects.update(attributes={"seats": 1})
        run_bulk_jobs()
        assert Contact.objects.count() == 1

    def test_only_owners_erase_and_only_editors_cancel(self, bob, client, people):
        client.force_login(bob)
        answer = act(client, act="erase", all="yes", confirmed="3")
        assert answer.status_code == 403
        act(client, act="stop", all="yes", confirmed="yes")
        job = BulkJob.objects.get()
        client.post(f"/contacts/chosen/{job.pk}/cancel/")
        run_bulk_jobs()
        job.refresh_from_db()
        assert (job.status, job.seen) == ("cancelled", 0)
        assert not Suppression.objects.exists()

    def test_a_list_that_is_gone_is_said(self, alice_client, people, beta):
        act(alice_client, act="add", list=beta.pk, all="yes")
        beta.delete()
        run_bulk_jobs()
        job = BulkJob.objects.get()
        page = alice_client.get(f"/contacts/chosen/{job.pk}/").content.decode()
        assert "The list was deleted meanwhile" in page
