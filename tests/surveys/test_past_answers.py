"""Answers that were collected in another tool: from the file to the trend, and back."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Campaign
from contacts.addresses import address_digest
from contacts.import_jobs import ImportJob
from contacts.importing.rows import Rejected
from contacts.importing.runs import run
from contacts.models import Attribute, Contact, Suppression
from contacts.suppression import suppress
from contacts.tasks import run_imports
from promoter.accounts.models import AuditEvent
from promoter.webhooks.models import Delivery
from segment_ingest.erasing import erase_person
from surveys.asking.asks import known_asks
from surveys.daily_sums.comparing import days_that_differ
from surveys.daily_sums.coverage import Coverage
from surveys.daily_sums.rolling_up import report_by, roll_up
from surveys.figures import Figures
from surveys.importing.moments import MONTH_FIRST, UNKNOWN, order_of, read_moment
from surveys.importing.scores import read_score
from surveys.models import (
    AlertedAnswer,
    Case,
    ForwardedResponse,
    Response,
    ScoreWatch,
    Survey,
    SurveyEmail,
    TeamMail,
)
from surveys.results.periods import everything
from surveys.rollups import Rollup
from surveys.selections import Selection
from tests.contacts.uploads import csv_bytes, rejected, settings_of, upload

HEADER = (
    *("Person Email", "Person Name", "Score", "Comment", "Survey Sent At"),
    *("Survey Responded At", "Tags", "Plan", "Score"),
)


def brought(client, data: bytes, **changed: str) -> ImportJob:
    """Uploaded, settled and imported."""
    upload(client, data, kind="answers")
    job = ImportJob.objects.latest("pk")
    settle(client, job, **changed)
    run_imports()
    job.refresh_from_db()
    return job


def settle(client, job: ImportJob, **changed: str) -> str:
    """The page that the start leads to, or that says why not."""
    fields = settings_of(job, campaign=changed.pop("campaign", "Before"), **changed)
    answer = client.post(reverse("contact-import", args=[job.pk]), fields, follow=True)
    return answer.content.decode()


def one_part(*, job: ImportJob, clock, until: datetime) -> None:
    run(job=job, clock=clock, until=clock())


def reasons(client, job: ImportJob) -> list[str]:
    return [row[-1] for row in rejected(client, job)]


@pytest.fixture
def figures_are_right(account, summed_up_by_seasons):
    """Sums the past up and compares it, and the pages' figures, with the rows."""

    def check() -> Counter[int]:
        now = timezone.now()
        while roll_up(account=account, now=now):
            pass
        for rollup in Rollup.objects.filter(account=account):
            assert days_that_differ(rollup=rollup) == []
        coverage = Coverage.of(account, now=now)
        window = everything(account, zone=coverage.zone, now=now)
        naive, last = Counter[int](), dict[int, tuple[datetime, int, int]]()
        for pk, contact, score, at in Response.objects.filter(account=account).values_list(
            "pk", "contact", "score", "responded_at"
        ):
            naive[score] += 1
            last[contact] = max(last.get(contact, (at, 0, 0)), (at, pk, score))
        for is_latest, expected in (
            (False, naive),
            (True, Counter(score for _, _, score in last.values())),
        ):
            figures = Figures(Selection(account, is_latest=is_latest), coverage)
            found = figures.distributions(window).get(None, (0,) * 11)
            assert Counter(dict(enumerate(found))) == expected
            assert figures.cohorts(window).get(None) is None
        return naive

    return check


# A Persian name: what joins its halves is no letter, and no blank.
JOINED = "علی\u200cرضا"


@pytest.mark.django_db
def test_a_file_becomes_the_trend_once_and_can_be_taken_back(
    account, alice_client, campaign, figures_are_right, monkeypatch
):
    """From the upload to the dashboard, in several chunks, twice, and undone; each part by
    a worker that goes on where the one before stopped."""
    monkeypatch.setattr("contacts.importing.runs.CHUNK_ROWS", 3)
    monkeypatch.setattr("surveys.importing.taking_back.AT_ONCE", 3)
    monkeypatch.setattr("contacts.tasks.run", one_part)
    now = timezone.now()
    kate = Contact(account=account, first_name="Kate", attributes={"Plan": "gold"})
    kate.set_email("kate@example.com")
    kate.save()
    account.webhook_endpoints.create(url="https://hooks.example.com/nps")
    watch = ScoreWatch.objects.create(account=account, days=30, next_at=now)
    ScoreWatch.objects.update(looked_on=now.date())
    report_by(account=account, key="Plan")
    roll_up(account=account, now=now)
    recent = now - timedelta(days=5)
    data = csv_bytes(
        HEADER,
        *(
            (
                f"p{n % 5}@example.com",
                f"{JOINED} King\tLovelace",
                f"{n}.0",
                "Why\nnot?" * (n % 2),
            )
            + (f"2024-03-{n + 1:02} 09:00", f"2024-03-{n + 1:02} 23:30:05 +0000")
            + ("Price, price; Help", "free" if n % 2 else "", "x")
            for n in range(9)
        ),
        ("Kate@Example.com", "K", "10/10", "y" * 6_000, "", str(int(recent.timestamp())))
        + ("", "free", ""),
        # Two on one day, and one twice.
        *(("kate@example.com", "K", "3", "", "", at, "", "", "") for at in TWO_A_DAY),
        ("kate@example.com", "K", "3", "", "", TWO_A_DAY[0], "", "", ""),
    )

    upload(alice_client, data, kind="answers", name="export.csv")
    job = ImportJob.objects.get()
    assert job.mapping == [
        *("email", "name", "score", "comment", "sent_at", "answered_at", "tags"),
        *("attribute:Plan", "attribute:Score"),
    ]
    shown = alice_client.get(reverse("contact-import", args=[job.pk])).content.decode()
    assert "All of them can be imported" in shown
    assert "Order in dates" not in shown
    assert f'href="{reverse("response-list")}" aria-current="true"' in shown
    settle(alice_client, job)
    run_imports()

    job.refresh_from_db()
    assert (job.status, job.error, job.created, job.updated) == ("done", "", 12, 5)
    assert (job.unchanged, job.rejected) == (1, 0)
    before = Campaign.objects.get(name="Before")
    assert (before.kind, before.status) == ("imported", "complete")
    answers = Response.objects.order_by("responded_at", "pk")
    assert answers.count() == Case.objects.closed().count() == 12
    ada = answers.get(score=1)
    assert ada.responded_at == datetime(2024, 3, 2, 23, 30, 5, tzinfo=UTC)
    assert ada.comment == "Why\nnot?"
    assert ada.attributes == {"Plan": "free", "Score": "x"}
    assert {tag.name for tag in ada.case.tags.all()} == {"Price", "Help"}
    assert (ada.contact.first_name, ada.contact.last_name) == (JOINED, "King Lovelace")
    assert ada.contact.attributes == {}
    assert ada.survey.due_at == datetime(2024, 3, 2, 9, 0, tzinfo=UTC)
    assert len(answers.get(score=10).comment) == 5_000
    kate.refresh_from_db()
    assert (kate.email, kate.first_name) == ("kate@example.com", "Kate")
    assert kate.attributes == {"Plan": "gold"}
    assert Attribute.objects.filter(account=account, name="Plan").exists()

    # Nobody is mailed, told or alerted.
    for model in (SurveyEmail, Delivery, TeamMail, ForwardedResponse, AlertedAnswer):
        assert not model.objects.exists()
    assert not Case.objects.exclude(settles_at=None).exists()
    assert mail.outbox == []
    watch.refresh_from_db()
    assert watch.looked_on is None

    assert figures_are_right()[3] == 3
    for page in (
        reverse("dashboard") + "?range=all",
        reverse("campaign", args=[before.pk]),
        reverse("campaign-list"),
        reverse("contact", args=[kate.pk]),
        reverse("contact-import", args=[job.pk]),
        reverse("response", args=[ada.pk]),
        reverse("response-list") + "?tab=all",
    ):
        assert alice_client.get(page).status_code == 200, page
    for name in ("campaign-setup", "campaign-duplicate", "campaign-activate"):
        alice_client.post(reverse(name, args=[before.pk]))
    assert Campaign.objects.filter(pk=before.pk, status="complete").exists()
    assert Campaign.objects.count() == 2
    timeline = alice_client.get(reverse("contact-timeline", args=[kate.pk]))
    assert "Asked last on" in timeline.content.decode()
    asks = known_asks(
        accounts=[account.pk],
        contacts=[kate.pk],
        digests=[],
        since=now - timedelta(days=30),
    )
    assert [ask.due_at for ask in asks] == [recent.replace(microsecond=0)]

    again = brought(alice_client, data)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 13)
    assert "Undo this import" not in settle(alice_client, again)

    undo = reverse("response-import-undo", args=[job.pk])
    assert "12 answers that this import brought" in alice_client.get(undo).content.decode()
    alice_client.post(undo)
    run_imports()
    job.refresh_from_db()
    assert (job.status, job.undone) == ("undone", 12)
    assert not Survey.objects.exists()
    assert not Campaign.objects.filter(pk=before.pk).exists()
    assert Contact.objects.count() == 6
    assert figures_are_right() == Counter()
    page = alice_client.get(reverse("contact-import", args=[job.pk])).content.decode()
    assert "The import is undone" in page
    noted = AuditEvent.objects.filter(action__startswith="answer.import").order_by("pk")
    assert [event.action for event in noted] == [
        *("answer.imported", "answer.imported", "answer.import_undone"),
    ]


TWO_A_DAY = ("2025-06-01T08:00:00Z", "2025-06-01T18:00:00Z")


@pytest.mark.django_db
def test_a_later_answer_of_the_file_is_the_latest_of_its_person_and_an_older_is_not(
    account, alice_client, figures_are_right, monkeypatch
):
    monkeypatch.setattr("contacts.importing.runs.CHUNK_ROWS", 2)
    days = (5, 1, 3, 2, 4)
    rows = [("ada@example.com", str(day), f"2024-05-0{day}") for day in days]
    brought(alice_client, csv_bytes(("Email", "NPS score", "Response date"), *rows))

    figures_are_right()
    assert [one.score for one in Response.objects.filter(superseded_at=None)] == [5]
    undone = brought(
        alice_client,
        csv_bytes(("E-Mail", "Score", "Date"), ("ada@example.com", "9", "2024-06-01")),
        campaign="Other",
    )
    assert [one.score for one in Response.objects.filter(superseded_at=None)] == [9]
    alice_client.post(reverse("response-import-undo", args=[undone.pk]))
    run_imports()
    figures_are_right()
    assert [one.score for one in Response.objects.filter(superseded_at=None)] == [5]


@pytest.mark.django_db
def test_what_cannot_be_taken_is_rejected_with_a_sentence(
    account, alice_client, campaign, now
):
    gone = Contact(account=account)
    gone.set_email("gone@example.com")
    gone.save()
    erase_person(contact=gone, now=timezone.now())
    suppress(
        account=account,
        email="stop@example.com",
        reason=Suppression.Reason.UNSUBSCRIBED,
        now=now,
    )
    tomorrow = timezone.now() + timedelta(days=1)
    rows = (
        ("nobody", "9", "2024-01-01", "", ""),
        ("a@example.com", "", "2024-01-01", "", ""),
        ("a@example.com", "N/A", "2024-01-01", "", ""),
        ("a@example.com", "11", "2024-01-01", "", ""),
        ("a@example.com", "7,5", "2024-01-01", "", ""),
        ("a@example.com", "9", "", "", ""),
        ("a@example.com", "9", "yesterday", "", ""),
        ("a@example.com", "9", "31.6.2024", "", ""),
        ("a@example.com", "9", f"{tomorrow:%Y-%m-%d}", "", ""),
        ("a@example.com", "9", "1989-12-31", "", ""),
        ("gone@example.com", "9", "2024-01-01", "", ""),
        ("a@example.com", "9", "2024-01-01", "", "t" * 41),
        ("a@example.com", "9", "2024-01-01", "c" * 121, ""),
        ("Größe@example.com".replace("öß", "oss"), "9,0", "2024-01-01", "", "Größe"),
        ("stop@example.com", "8", "2024-01-01", campaign.name, ""),
        ("stop@example.com", "4", "2024-01-01", campaign.name, ""),
    )
    header = ("E-Mail-Adresse", "Bewertung", "Datum", "Kampagne", "Tags")
    text = csv_bytes(header, *rows, delimiter=";").decode()
    job = brought(alice_client, text.encode("cp1252"))

    assert (job.created, job.rejected, job.delimiter, job.encoding) == (
        *(2, len(rows) - 2),
        *(";", "cp1252"),
    )
    said = reasons(alice_client, job)
    for sentence, expected in zip(
        said,
        [
            *("“nobody” is not one", "The row has no score", "“N/A” is not a score"),
            *("“11” is not", "“7,5” is not", "does not say when", "“yesterday” is not"),
            *("“31.6.2024” is not a date", "in the future", "before 1990"),
            *("a person who was erased", "is longer than 40", "longer than 120"),
            "with the score 8",
        ],
        strict=True,
    ):
        assert expected in sentence
    assert not Contact.objects.filter(email="gone@example.com").exists()
    # Mended, the file comes back without our own columns, and to where it belongs.
    mended = csv_bytes((*header, "Line", "Reason"), ("b@example.com", "9", "2024-01-01"))
    upload(alice_client, mended, kind="answers")
    job = ImportJob.objects.latest("pk")
    assert job.mapping[-2:] == ["", ""]
    shown = alice_client.get(reverse("contact-import", args=[job.pk])).content.decode()
    assert 'value="Before"' in shown
    # Their answer counts, and they are not mailed.
    other = Response.objects.get(score=8).campaign
    assert (other.name, other.kind) == (f"{campaign.name} (2)", "imported")
    assert Suppression.objects.filter(
        address_digest=address_digest("stop@example.com")
    ).exists()


@pytest.mark.django_db
@pytest.mark.either_database
def test_which_number_is_the_day_is_asked_where_no_date_tells(account, alice_client):
    account.time_zone = "Europe/Berlin"
    account.save()
    head = ("Email", "Score", "Date")
    data = csv_bytes(head, ("a@example.com", "9", "3/4/2025 1:05 PM"))
    upload(alice_client, data, kind="answers")
    job = ImportJob.objects.get()
    shown = alice_client.get(reverse("contact-import", args=[job.pk])).content.decode()
    assert "Say below what comes first in the dates" in shown

    assert "Say what comes first, the day or the month." in settle(alice_client, job)
    settle(alice_client, job, order="month")
    run_imports()

    assert Response.objects.get().responded_at == datetime(2025, 3, 4, 12, 5, tzinfo=UTC)

    told = csv_bytes(
        head, ("a@example.com", "8", "3/4/25"), ("b@example.com", "1", "31/4/25")
    )
    upload(alice_client, told, kind="answers")
    job = ImportJob.objects.latest("pk")
    shown = alice_client.get(reverse("contact-import", args=[job.pk])).content.decode()
    assert "Say below" not in shown
    assert "“31/4/25” is not a date" in shown
    settle(alice_client, job, order="day")
    run_imports()
    # The beginning of that day in Berlin.
    assert Response.objects.filter(
        score=8, responded_at=datetime(2025, 4, 2, 22, tzinfo=UTC)
    ).exists()


@pytest.mark.django_db
@pytest.mark.either_database
def test_an_export_of_our_own_is_understood_and_a_file_without_dates_is_not_taken(
    account, alice_client
):
    head = (
        *("id", "survey_id", "campaign", "score", "band", "comment", "responded_at"),
        *("changed_at", "user_id", "email", "first_name", "last_name", "status"),
        *("closed_at", "assignee", "tags", "attributes.plan"),
    )
    upload(alice_client, csv_bytes(head, ("1",) * len(head)), kind="answers")
    job = ImportJob.objects.get()
    assert dict(zip(head, job.mapping, strict=True)) == {
        **dict.fromkeys(head, ""),
        **{name: name for name in ("campaign", "score", "comment", "email", "tags")},
        **{name: name for name in ("first_name", "last_name")},
        **{"responded_at": "answered_at", "attributes.plan": "attribute:plan"},
    }

    upload(alice_client, csv_bytes(("Email", "Score"), ("a@x.io", "9")), kind="answers")
    job = ImportJob.objects.latest("pk")
    assert "Say which column holds “Date answered”." in settle(alice_client, job)


SHAPES = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M"),
    *("%m/%d/%Y %I:%M %p", "%d %B %Y", "%b %d, %Y", "%a, %d %b %Y %H:%M:%S", "%d-%b-%Y"),
    *("%m/%d/%y", "%m-%d-%Y", "%Y-%m-%d"),
)


@given(
    at=st.datetimes(
        datetime.fromisoformat("1991-01-01"), datetime.fromisoformat("2026-01-01")
    ),
    shape=st.sampled_from(SHAPES),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata"]),
    offset=st.sampled_from(["", "Z", " UTC", " +0000", "+05:30", "-0800"]),
    score=st.integers(0, 10),
    around=st.sampled_from(["{}", "{}.0", "{},00", "{}/10", "{} / 10"]),
)
def test_dates_and_scores_are_read_as_they_were_written(
    at, shape, zone, offset, score, around
):
    has_time = "%M" in shape
    # Two digits mean this century.
    year = at.year if "%Y" in shape else 2000 + at.year % 26
    at = at.replace(year=year, day=min(at.day, 28), second=0, microsecond=0)
    if not has_time:
        at = at.replace(hour=0, minute=0)
    text = at.strftime(shape) + (offset if has_time and "%p" not in shape else "")
    local = ZoneInfo(zone)
    said = text.removeprefix(at.strftime(shape)).strip()
    if said in ("Z", "UTC"):
        expected = at.replace(tzinfo=UTC)
    elif said:
        expected = at.replace(tzinfo=datetime.strptime(said, "%z").tzinfo)
    else:
        expected = at.replace(tzinfo=local)
    now = datetime(2026, 11, 1, tzinfo=UTC)

    found = read_moment(text, zone=local, order=MONTH_FIRST, now=now)

    assert found == expected.astimezone(UTC)
    assert order_of([text]) in ("", UNKNOWN if at.day <= 12 else MONTH_FIRST)
    stamp = int(found.timestamp())
    if stamp > 10**8:
        read = read_moment(f"{stamp}000", zone=local, order="", now=now)
        assert read == read_moment(str(stamp), zone=local, order="", now=now) == found
    assert read_score(around.replace(" / ", " /").format(score)) == score


@given(text=st.text(max_size=40))
def test_whatever_stands_there_is_read_or_rejected(text):
    for read in (
        read_score,
        lambda text: read_moment(text, zone=UTC, order="", now=datetime.now(UTC)),
    ):
        try:
            read(text)
        except Rejected as reason:
            assert str(reason)
