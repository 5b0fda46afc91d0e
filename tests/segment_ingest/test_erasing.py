"""A person's rights: a copy of everything, and to be forgotten everywhere."""

from __future__ import annotations

import io
import json

import pytest
from django.core import serializers
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from contacts.addresses import address_digest
from contacts.bulk_jobs import BulkJob
from contacts.import_jobs import ImportJob
from contacts.importing.files import rejected_path, upload_path
from contacts.importing.uploads import receive
from contacts.models import Contact, ContactList, Suppression
from contacts.naming import Named, save_named
from contacts.suppression import suppress
from contacts.tasks import run_imports
from promoter.accounts.models import Membership
from promoter.webhooks.models import Endpoint, EventType
from segment_ingest.erasing import erase_person
from segment_ingest.models import SegmentMessage
from segment_ingest.processing import process_round
from surveys.models import Response, SkipReason, Survey, SurveyEmail
from surveys.telling import tell_response
from surveys.unsubscribing import unsubscribe
from tests.rows import own_models

pytestmark = pytest.mark.django_db
Status = SurveyEmail.Status


@pytest.fixture
def ann(account) -> Contact:
    contact = Contact(
        account=account,
        user_id="user-4711",
        first_name="Annabel",
        attributes={"phone": "+49 170 4711"},
    )
    contact.set_email("annabel@example.com")
    contact.save()
    contact.lists.add(ContactList.objects.create(account=account, name="Fair"))
    return contact


def ask(campaign, contact, number: int, now, **mail) -> Survey:
    survey = Survey.objects.create(
        account=campaign.account,
        campaign=campaign,
        contact=contact,
        trigger_id=f"m{number}",
        attributes=contact.attributes,
        address_digest=contact.address_digest,
        triggered_at=now,
        due_at=now,
        asked_at=mail.get("sent_at"),
    )
    SurveyEmail.objects.create(
        account=campaign.account, survey=survey, kind="invitation", due_at=now, **mail
    )
    return survey


@pytest.fixture
def answered(campaign, ann, now) -> Survey:
    """Asked, answered with words that name her, told to another system."""
    Endpoint.objects.create(
        account=campaign.account,
        url="https://hooks.example.com/",
        event_types=[EventType.RESPONSE_CREATED],
    )
    survey = ask(
        campaign,
        ann,
        1,
        now,
        status=Status.SENT,
        sent_at=now,
        error="450 annabel@example.com is busy",
    )
    response = Response.objects.create(
        account=campaign.account,
        campaign=campaign,
        survey=survey,
        contact=ann,
        score=9,
        comment="Call me: annabel@example.com",
        attributes=ann.attributes,
        responded_at=now,
        updated_at=now,
    )
    tell_response(response, survey=survey, created=True)
    return survey


def event(account, number: int, now, *, waiting: bool = False) -> SegmentMessage:
    return SegmentMessage.objects.create(
        account=account,
        message_id=f"message-{number}",
        type="identify",
        user_id="user-4711",
        body={"userId": "user-4711", "traits": {"email": "annabel@example.com"}},
        timestamp=now,
        received_at=now,
        verdict="" if waiting else "contact_saved",
        processed_at=None if waiting else now,
    )


def everything() -> str:
    """Every row of ours as text, as a dump would have it."""
    return "".join(
        serializers.serialize("json", model._default_manager.all(), ensure_ascii=False)
        for model in own_models()
    )


class TestErasing:
    @pytest.fixture
    def erased(self, ann, answered, account, campaign, now, tmp_path, settings):
        settings.IMPORT_DIR = tmp_path / "imports"
        event(account, 1, now)
        event(account, 2, now, waiting=True)
        ask(campaign, ann, 2, now, status=Status.SCHEDULED)
        suppress(
            account=account, email=ann.email, reason="bounced", now=now, detail="550 5.1.1"
        )
        assert "annabel@example.com" in everything()
        erase_person(contact=ann, now=now)
        return ann

    def test_no_byte_of_the_person_is_left(self, erased):
        text = everything()
        for mark in ("annabel", "Annabel", "user-4711", "+49 170 4711", "550 5.1.1"):
            assert mark not in text

    def test_the_score_stays_and_names_nobody(self, erased, now):
        response = Response.objects.get()
        assert (response.score, response.contact, response.comment) == (9, None, "")
        assert response.responded_at == now

    def test_what_waited_is_withdrawn_with_its_reason(self, erased):
        waiting = Survey.objects.get(trigger_id="m2")
        assert waiting.skip_reason == SkipReason.ERASED
        assert waiting.emails.get().status == Status.CANCELLED
        assert Survey.objects.get(trigger_id="m1").skip_reason == ""

    def test_the_address_is_never_mailed_again(self, erased, account, now):
        row = Suppression.objects.get()
        assert (row.reason, row.email, row.is_liftable) == ("erased", "", False)
        suppress(account=account, email="Annabel@example.com", reason="manual", now=now)
        assert Suppression.objects.get().reason == "erased"

    def test_a_bulk_act_that_failed_forgets_whom_it_searched_for(self, ann, account, now):
        jobs = [
            BulkJob.objects.create(
                account=account, act="stop", query=query, status="failed", finished_at=now
            )
            for query in ("q=Annabel%40example.com", "attribute=plan&op=is&value=pro")
        ]

        erase_person(contact=ann, now=now)

        found = BulkJob.objects.filter(pk__in=[job.pk for job in jobs]).order_by("pk")
        assert [(job.status, job.query) for job in found] == [
            ("cancelled", ""),
            ("failed", "attribute=plan&op=is&value=pro"),
        ]

    def test_no_address_that_is_known_of_them_is_mailed_again(self, ann, account, now):
        """The page was read before the last identify; an earlier one had a third."""
        event(account, 1, now)
        SegmentMessage.objects.update(body={"traits": {"email": "ann@old.example.com"}})
        stale = Contact.objects.get(pk=ann.pk)
        ann.set_email("ann@new.example.com")
        ann.save()

        erase_person(contact=stale, now=now)

        emails = ["annabel@example.com", "ann@new.example.com", "ann@old.example.com"]
        digests = [address_digest(email) for email in emails]
        reasons = Suppression.objects.reasons(account=account, digests=digests)
        assert reasons == dict.fromkeys(digests, "erased")

    def test_nor_is_one_that_they_had_before(self, answered, ann, account, now):
        """They unsubscribed, took another address, and were erased."""
        unsubscribe(survey=answered, now=now)
        named = Named(user_id=ann.user_id, email="anna@example.org")
        contact = save_named(account=account, named=named, now=now)

        erase_person(contact=contact, now=now)

        rows = Suppression.objects.values_list("address_digest", "email", "reason")
        addresses = ("annabel@example.com", "anna@example.org")
        assert {digest for digest, _, _ in rows} == {*map(address_digest, addresses)}
        assert {tuple(rest) for _, *rest in rows} == {("", "erased")}

    def test_waiting_events_do_not_bring_the_person_back(self, erased, now):
        process_round(now=now)
        assert not Contact.objects.exists()

    def test_the_ids_of_events_stay_so_that_a_retry_is_known(self, erased):
        ids = SegmentMessage.objects.values_list("message_id", flat=True)
        assert sorted(ids) == ["message-1", "message-2"]

    def test_files_that_name_the_person_go(
        self, ann, account, alice, tmp_path, settings, django_capture_on_commit_callbacks
    ):
        settings.IMPORT_DIR = tmp_path / "imports"
        jobs = []
        for data in (b"email,who\nbad,Annabel@example.com\n", b"email,who\nbad,Bob\n"):
            job = receive(
                account=account,
                user=alice,
                kind="contacts",
                upload=SimpleUploadedFile("p.csv", data),
                now=timezone.now(),
            )
            job.queue(now=timezone.now())
            run_imports()
            jobs.append(ImportJob.objects.get(pk=job.pk))

        # What failed keeps its file for a week, to be tried again.
        failed = receive(
            account=account,
            user=alice,
            kind="contacts",
            upload=SimpleUploadedFile(
                "p.csv", "email\nAnnabel@example.com".encode("utf-16")
            ),
            now=timezone.now(),
        )
        ImportJob.objects.filter(pk=failed.pk).update(status="failed")
        assert upload_path(failed).exists()

        with django_capture_on_commit_callbacks(execute=True):
            erase_person(contact=ann, now=timezone.now())

        assert [rejected_path(job).exists() for job in jobs] == [False, True]
        assert not upload_path(failed).exists()

    def test_a_contact_without_an_address_can_be_erased_too(self, account, now):
        contact = Contact.objects.create(account=account, user_id="u9")
        erase_person(contact=contact, now=now)
        assert not Contact.objects.exists()
        assert not Suppression.objects.exists()

    def test_others_are_left_alone(self, erased, other_account, now):
        twin = Contact(account=other_account, user_id="user-4711")
        twin.set_email("annabel@example.com")
        twin.save()
        assert not Suppression.objects.filter(account=other_account).exists()


class TestThePage:
    def test_says_what_goes_and_what_stays_and_asks_for_the_address(
        self, alice_client, ann
    ):
        path = reverse("contact-erase", args=[ann.pk])
        page = alice_client.get(path).content.decode()
        assert "What goes" in page
        assert "What stays" in page
        assert "Type annabel@example.com to confirm" in page

        wrong = alice_client.post(path, {"typed": "bob@example.com"}).content.decode()
        assert "Nobody was erased." in wrong
        assert Contact.objects.exists()

        alice_client.post(path, {"typed": " Annabel@example.com "})
        assert not Contact.objects.exists()

    def test_others_with_the_address_are_named(self, alice_client, ann, account):
        twin = Contact(account=account, user_id="twin")
        twin.set_email("Annabel@example.com")
        twin.save()
        page = alice_client.get(reverse("contact-erase", args=[ann.pk])).content.decode()
        assert "Other contacts have the same address" in page

    def test_only_owners_erase(self, alice, alice_client, ann):
        path = reverse("contact-erase", args=[ann.pk])
        for role in ("editor", "viewer"):
            Membership.objects.filter(user=alice).update(role=role)
            assert alice_client.get(path).status_code == 403
            answer = alice_client.post(path, {"typed": ann.email})
            assert answer.status_code == 403
        assert Contact.objects.exists()


class TestTheCopy:
    def test_has_everything(self, alice_client, ann, answered, account, now):
        event(account, 1, now)
        answer = alice_client.get(reverse("contact-data", args=[ann.pk]))

        assert answer["Content-Disposition"].startswith("attachment")
        data = json.load(io.BytesIO(answer.content))
        assert data["contact"]["email"] == "annabel@example.com"
        assert data["contact"]["attributes"] == {"phone": "+49 170 4711"}
        assert data["lists"][0]["name"] == "Fair"
        (survey,) = data["surveys"]
        assert survey["response"]["score"] == 9
        assert survey["response"]["comment"] == "Call me: annabel@example.com"
        assert survey["emails"][0]["status"] == "sent"
        assert data["segment_events"][0]["body"]["userId"] == "user-4711"
        assert data["not_mailed"] is None

    def test_says_why_they_are_not_mailed(self, alice_client, ann, account, now):
        suppress(account=account, email=ann.email, reason="unsubscribed", now=now)
        answer = alice_client.get(reverse("contact-data", args=[ann.pk]))
        assert json.loads(answer.content)["not_mailed"]["reason"] == "unsubscribed"
