"""The pages around contacts in a real browser: walked, and looked at by axe."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from campaigns.models import Campaign
from contacts.import_jobs import ImportJob
from contacts.models import BulkJob, Contact, ContactList, SavedFilter
from contacts.suppression import suppress
from contacts.tasks import run_imports
from surveys.models import Response
from tests.contacts.uploads import csv_bytes
from tests.surveys.asked import ask

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Set it to a folder to have every page pictured there.
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def people(account, campaign, now) -> list[Contact]:
    rows = []
    for number, (first, last) in enumerate(
        [("Ada", "Lovelace"), ("Grace", "Hopper"), ("Zoë", "Müller-Lüdenscheidt"), ("", "")]
    ):
        contact = Contact(
            account=account,
            user_id=f"user_{number}_0b7e4d1c-4a5e",
            first_name=first,
            last_name=last,
            attributes={"plan": "pro", "seats": number, "company": "Analytical Engines"},
        )
        contact.set_email(f"{first.lower() or 'someone.with.a.long.name'}@example.com")
        contact.save()
        contact.lists.add(campaign.contact_list)
        rows.append(contact)
    reasons = ["manual", "unsubscribed", "bounced", "complained"]
    for contact, reason in zip(rows[1:], reasons, strict=False):
        suppress(
            account=account, email=contact.email, reason=reason, now=now, detail="550 5.1.1"
        )
    ContactList.objects.create(account=account, name="Customers of the spring fair")
    SavedFilter.objects.create(
        account=account, name="On the pro plan", query="attribute=plan&value=pro"
    )
    return rows


def add_answers(contact: Contact, campaign: Campaign, now: datetime) -> None:
    for month, score in enumerate((3, 6, 8, 10)):
        at = now - timedelta(days=30 * (5 - month))
        survey = ask(contact, campaign, at)
        Response.objects.create(
            account=contact.account,
            campaign=campaign,
            survey=survey,
            contact=contact,
            score=score,
            responded_at=at,
            updated_at=at,
        )


@pytest.fixture
def look(assert_accessible):
    """axe, and a picture of the page in both sizes and schemes when PICTURES is set."""

    def check(page, name: str) -> None:
        assert_accessible(page)
        for width in (390, 1280) if PICTURES else ():
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                path = Path(PICTURES) / f"{name}-{width}-{scheme}.png"
                page.screenshot(path=path, full_page=True)

    return check


def test_every_page_is_accessible(sign_in, alice, account, people, campaign, now, look):
    page = sign_in(alice)
    ann = people[0]
    job = BulkJob.objects.create(
        account=account, act="stop", created_by=alice, total=90_000, seen=12_345
    )
    add_answers(people[1], campaign, now)
    for name, args, query in (
        ("contact-list", [], ""),
        ("contact-list", [], "?attribute=plan&value=pro"),
        ("contact", [people[1].pk], ""),
        ("contact-add", [], ""),
        ("contact-edit", [ann.pk], ""),
        ("contact-erase", [ann.pk], ""),
        ("contact-lists", [], ""),
        ("contact-list-create", [], ""),
        ("contact-list-members", [ContactList.objects.get(name="Segment List").pk], ""),
        ("contact-list-delete", [ContactList.objects.get(name="Segment List").pk], ""),
        ("contact-suppressions", [], ""),
        ("contact-suppression-add", [], ""),
        ("contact-imports", [], ""),
        ("contact-bulk-job", [job.pk], ""),
        ("contact-suppression-imports", [], ""),
    ):
        page.goto(reverse(name, args=args) + query)
        look(page, name + ("-filtered" if query else ""))


def test_ten_thousand_rows_are_imported_and_the_page_says_so(
    sign_in, alice, look, tmp_path
):
    path = tmp_path / "people.csv"
    path.write_bytes(
        csv_bytes(
            ("E-Mail", "userId", "First name", "Last name", "Plan", "Notes"),
            *(
                (
                    f"p{n}@example.com" if n % 7 else "nobody",
                    f"u{n}",
                    "Ada",
                    "Lovelace",
                    "pro",
                    "",
                )
                for n in range(10_000)
            ),
        )
    )
    page = sign_in(alice)
    page.goto(reverse("contact-imports"))
    page.get_by_label("CSV file").set_input_files(path)
    page.get_by_role("button", name="Upload and look at it").click()
    assert page.get_by_text("“nobody” is not one email address.").count() == 3
    look(page, "import-settings")
    page.set_viewport_size({"width": 1280, "height": 900})

    page.get_by_label("Notes goes to").select_option("Leave out")
    assert not page.get_by_label("Name of the attribute for Notes").is_visible()
    page.get_by_label("Name of the attribute for Plan").fill("plan")
    page.get_by_label("Add everybody in the file to").select_option("A new list")
    page.get_by_role("button", name="Import this file").click()
    page.get_by_text("Give the new list a name.").first.wait_for()
    look(page, "import-error")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("Name of the new list").fill("Fair")
    page.get_by_role("button", name="Import this file").click()
    page.get_by_role("heading", name="Waiting for a worker").wait_for()
    look(page, "import-waiting")
    page.set_viewport_size({"width": 1280, "height": 900})

    while ImportJob.objects.get().is_under_way:
        run_imports()

    page.get_by_role("heading", name="The import is done").wait_for()
    look(page, "import-done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rejected rows").click()
    assert download.value.suggested_filename.startswith("rejected-")
    job = ImportJob.objects.get()
    assert (job.created, job.rejected) == (8_571, 1_429)
    assert Contact.objects.get(user_id="u1").attributes == {"plan": "pro"}


def test_everything_works_without_javascript(sign_in, alice, people, account):
    page = sign_in(alice, java_script_enabled=False)
    page.goto(reverse("contact-list"))
    page.get_by_label("Choose ada@example.com").check()
    page.get_by_label("What to do").select_option("Add to a list")
    page.get_by_label("List", exact=True).last.select_option("Customers of the spring fair")
    page.get_by_role("button", name="Do it").click()
    page.get_by_text("1 added to").wait_for()

    page.get_by_role("link", name="ada@example.com").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Last name").fill("King")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Ada King").wait_for()

    page.get_by_role("button", name="Stop mailing").click()
    page.get_by_role("button", name="Mail again").click()
    page.get_by_text("may be mailed again").wait_for()

    page.get_by_role("link", name="Erase…").click()
    page.get_by_label("Type ada@example.com to confirm").fill("ada@example.com")
    page.get_by_role("button", name="Erase for good").click()
    page.get_by_text("The person is erased.").wait_for()
    assert not Contact.objects.filter(email="ada@example.com").exists()
