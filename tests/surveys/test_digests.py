"""Digests: the right figures, in the reader's morning, once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import trans_real
from hypothesis import given
from hypothesis import strategies as st

from promoter.accounts.models import Membership
from surveys.daily_sums.rolling_up import roll_up
from surveys.digests.content import Content
from surveys.digests.periods import STEPS, Span, newest, next_digest
from surveys.digests.planning import plan_digests, subscribe_new_members
from surveys.digests.sending import send_team_mails
from surveys.digests.subscriptions import Frequency
from surveys.digests.wording import answers_before, to_read
from surveys.models import Case, Response, Subscription, TeamMail
from surveys.sending.posting import LEASE
from surveys.tasks import send_digests
from surveys.windows import DAY, midnight
from tests.conftest import _person
from tests.marks import CODE, OPEN, Brackets, untranslated
from tests.surveys.asked import ask, kate
from tests.test_pages import MOST_QUERIES

numbers = count()
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# A Monday, as everywhere in these tests; its digest is about the 16th to the 22nd.
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LAST_WEEK = MONDAY - timedelta(days=3)


@pytest.fixture
def answer(account, campaign):
    """Makes an answer of somebody new."""

    def make(score, at=LAST_WEEK, comment="", *, to=campaign):
        contact = kate(to.account, email=f"k{next(numbers)}@example.com")
        survey = ask(contact, to, at - HOUR)
        response = Response.objects.create(
            account=to.account,
            campaign=to,
            survey=survey,
            contact=contact,
            score=score,
            comment=comment,
            responded_at=at,
            updated_at=at,
        )
        Case.objects.create(response=response, account=to.account, responded_at=at)
        return response

    return make


@pytest.fixture
def member(alice):
    return alice.memberships.get()


@pytest.fixture
def subscribe(member):
    """A subscription as it stands on the Thursday before."""

    def make(frequency="weekly", at=MONDAY - timedelta(days=4), who=member, **wants):
        subscribe_new_members(now=at)
        wants = {"wants_detractors": False, "wants_moves": False, **wants}
        row = Subscription.objects.get(membership=who)
        row.frequency = frequency
        row.next_at = next_digest(
            frequency,
            reader=ZoneInfo(who.user.time_zone or "UTC"),
            account=ZoneInfo(who.account.time_zone),
            now=at,
        )
        for name, value in wants.items():
            setattr(row, name, value)
        row.save()
        return row

    return make


def run(at: datetime) -> None:
    """As beat does it, at that moment."""
    with time_machine.travel(at, tick=False):
        send_digests()


def words(mail) -> tuple[str, str]:
    plain, html = [part.get_content() for part in mail.iter_parts()]
    return plain.replace("\r\n", "\n"), html


# --- When ---------------------------------------------------------------------------

ZONES = st.sampled_from(
    [
        *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"),
        *("Pacific/Auckland", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo"),
    ]
).map(ZoneInfo)
MOMENTS = st.integers(0, 15 * 365 * 24 * 60).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + minutes * MINUTE
)
KINDS = st.sampled_from(list(STEPS))


@given(KINDS, ZONES, ZONES, MOMENTS)
def test_periods_follow_each_other_and_each_is_over_when_its_digest_goes(
    kind, reader, account, now
):
    span = newest(kind, reader=reader, account=account, now=now)
    sent = span.sent_at(reader=reader, account=account)
    following = next_digest(kind, reader=reader, account=account, now=now)

    assert sent <= now < following == span.following.sent_at(reader=reader, account=account)
    assert span.following.first == span.last + DAY
    assert span.following.before == span
    assert all(Span.around(day, span.step) == span for day in (span.first, span.last))
    assert midnight(span.last + DAY, account) <= sent
    # At eight where the reader is, or as soon as the account's day is over.
    local = sent.astimezone(reader)
    if sent != midnight(span.last + DAY, account):
        assert (local.date(), local.hour, local.minute) == (span.last + DAY, 8, 0)
    lengths = {"daily": {1}, "weekly": {7}, "monthly": {28, 29, 30, 31}}
    assert (span.last - span.first).days + 1 in lengths[kind]
    if kind == "weekly":
        assert span.first.weekday() == 0
    if kind == "monthly":
        assert span.first.day == 1


def test_eight_in_the_morning_is_eight_on_both_sides_of_a_change_of_the_clock():
    berlin = ZoneInfo("Europe/Berlin")
    days = [
        next_digest("daily", reader=berlin, account=berlin, now=datetime(*day, tzinfo=UTC))
        for day in ((2026, 10, 24, 12), (2026, 10, 23, 12), (2026, 3, 28, 12))
    ]

    assert [at.isoformat() for at in days] == [
        "2026-10-25T07:00:00+00:00",
        "2026-10-24T06:00:00+00:00",
        "2026-03-29T06:00:00+00:00",
    ]


def test_a_reader_far_in_the_east_waits_until_the_accounts_week_is_over(
    member, subscribe, answer, smtp_sink
):
    member.user.time_zone = "Pacific/Auckland"
    member.user.save()
    subscribe()
    answer(9)
    run(datetime(2026, 11, 22, 20, 0, tzinfo=UTC))
    assert not smtp_sink.mails, "Monday, 9:00 in Auckland, and still Sunday in UTC"
    run(datetime(2026, 11, 23, 0, 0, tzinfo=UTC))
    assert len(smtp_sink.mails) == 1


# --- Once ---------------------------------------------------------------------------


def test_a_week_is_mailed_on_monday_morning_and_once(subscribe, answer, smtp_sink):
    subscribe()
    answer(9)
    run(MONDAY - MINUTE)
    assert not smtp_sink.mails
    for at in (MONDAY, MONDAY, MONDAY + HOUR, MONDAY + 6 * DAY):
        run(at)
    assert smtp_sink.recipients == ["alice@example.com"]
    answer(9, MONDAY + DAY)
    run(MONDAY + 7 * DAY)
    assert len(smtp_sink.mails) == 2
    assert len({mail["Message-ID"] for mail in smtp_sink.mails}) == 2


def test_what_is_planned_twice_is_sent_once(subscribe, answer, smtp_sink):
    row = subscribe()
    answer(9)
    due = row.next_at
    for _ in range(2):
        # As two workers that read the row before either wrote it.
        Subscription.objects.update(next_at=due)
        plan_digests(now=MONDAY)
    assert TeamMail.objects.count() == 1
    clock = lambda: MONDAY  # noqa: E731
    assert [send_team_mails(clock=clock), send_team_mails(clock=clock)] == [1, 0]
    Subscription.objects.update(next_at=due)
    run(MONDAY + MINUTE)
    assert len(smtp_sink.mails) == 1


def test_a_mail_that_a_dead_worker_may_have_sent_is_not_sent_again(
    subscribe, answer, smtp_sink
):
    subscribe()
    answer(9)
    run(MONDAY)
    TeamMail.objects.update(status="sending", sent_at=None, lease_until=MONDAY + LEASE)
    run(MONDAY + 2 * LEASE)
    assert len(smtp_sink.mails) == 1
    assert TeamMail.objects.get().status == "uncertain"


def test_a_worker_that_dies_holds_one_mail_and_not_those_behind_it(
    account, subscribe, answer, smtp_sink
):
    for name in ("anna", "ben", "cleo"):
        _person(name, account, Membership.Role.EDITOR)
    subscribe()
    answer(9)
    # Two mails leave, then the connection dies in the middle of the third.
    smtp_sink.drop("dot", times=1, keep=True, to="anna@example.com")
    run(MONDAY)
    run(MONDAY + 10 * MINUTE)

    statuses = dict(TeamMail.objects.values_list("membership__user__name", "status"))
    assert statuses.pop("Anna") == "uncertain"
    assert set(statuses.values()) == {"sent"}
    assert len(set(smtp_sink.recipients)) == len(smtp_sink.recipients)


def test_after_days_of_standing_still_only_the_newest_comes(
    subscribe, answer, smtp_sink, settings
):
    subscribe("daily")
    for days in range(6):
        answer(9, MONDAY - days * DAY - 9 * HOUR)
    run(MONDAY + HOUR)
    (mail,) = smtp_sink.mails
    assert "yesterday" in mail["Subject"]
    assert "Sunday, 22 November 2026" in words(mail)[0]

    # The mail server is away for two mornings: what waited is not sent beside the new.
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    for days in (1, 2):
        answer(9, MONDAY + days * DAY - 9 * HOUR)
        run(MONDAY + days * DAY)
    settings.EMAIL_PORT = port
    run(MONDAY + 2 * DAY + 5 * HOUR)
    assert len(smtp_sink.mails) == 2
    assert "Tuesday, 24 November 2026" in words(smtp_sink.mails[1])[0]


def test_one_that_comes_late_names_its_days(subscribe, answer, smtp_sink, settings):
    subscribe("daily")
    answer(9, MONDAY - 9 * HOUR)
    plan_digests(now=MONDAY)
    send_team_mails(clock=lambda: MONDAY + DAY)
    assert "NPS 100 Sunday, 22 November 2026" in smtp_sink.mails[0]["Subject"]


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_mail_each_member_once(
    account, campaign, subscribe, answer, smtp_sink
):
    for number in range(7):
        _person(f"member{number}", account, Membership.Role.EDITOR)
    subscribe()
    answer(9)
    Subscription.objects.update(next_at=MONDAY)
    start = Barrier(4)

    def work() -> None:
        start.wait(60)
        try:
            plan_digests(now=MONDAY)
            send_team_mails(clock=lambda: MONDAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result(30)
    assert len(smtp_sink.recipients) == len(set(smtp_sink.recipients)) == 8
    assert set(TeamMail.objects.values_list("status", flat=True)) == {"sent"}


# --- To whom ------------------------------------------------------------------------


def test_a_new_member_is_subscribed_by_their_role_and_hears_of_no_time_before(
    account, alice, bob, answer, smtp_sink
):
    viewer = _person("vera", account, Membership.Role.VIEWER)
    answer(9)
    run(MONDAY + 3 * DAY)

    found = Subscription.objects.order_by("pk").values_list(
        "membership__user__name", "frequency", "wants_detractors", "wants_moves"
    )
    assert list(found) == [
        ("Alice", "weekly", True, True),
        ("Bob", "weekly", False, True),
        (viewer.name, "never", False, False),
    ]
    assert not smtp_sink.mails
    answer(9, MONDAY + 4 * DAY)
    run(MONDAY + 7 * DAY)
    assert sorted(smtp_sink.recipients) == ["alice@example.com", "bob@example.com"]


def test_who_is_out_by_then_is_not_mailed(member, subscribe, answer, smtp_sink, bob):
    subscribe()
    subscribe(who=bob.memberships.get())
    answer(9)
    plan_digests(now=MONDAY)
    Subscription.objects.filter(membership=member).update(frequency="never", next_at=None)
    bob.is_active = False
    bob.save()
    run(MONDAY + MINUTE)
    assert not smtp_sink.mails
    assert not TeamMail.objects.exists()


def test_members_cost_no_queries_of_the_figures(account, subscribe, answer, smtp_sink):
    def cost(members: int) -> tuple[int, int]:
        """Queries to plan for so many, and those that read answers."""
        with CaptureQueriesContext(connection) as planning:
            assert plan_digests(now=MONDAY) == members
        with CaptureQueriesContext(connection) as queries:
            run(MONDAY)
        reading = [q for q in queries if "surveys_response" in q["sql"]]
        return len(planning), len(reading)

    subscribe()
    answer(9, comment="Quick and friendly, thank you")
    one = cost(1)
    TeamMail.objects.all().delete()
    for number in range(5):
        who = _person(f"member{number}", account, Membership.Role.EDITOR)
        subscribe(who=who.memberships.get())
    Subscription.objects.update(next_at=MONDAY)
    assert cost(6) == one
    assert len(smtp_sink.mails) == 7


# --- What it says -------------------------------------------------------------------


def test_the_figures_are_those_of_the_dashboard(
    account, campaign, subscribe, answer, smtp_sink, alice_client
):
    other = type(campaign).objects.create(
        account=account,
        name="Renewals",
        status="active",
        event_name="Renewed",
        email_template=campaign.email_template,
        contact_list=campaign.contact_list,
        activated_at=LAST_WEEK,
    )
    for score in (9, 10, 10, 9, 7, 8, 3):
        answer(score)
    answer(2, comment="It broke <twice> & nobody answered my letters.")
    answer(10, comment="Lovely, the delivery was quick.", to=other)
    answer(10, comment="The delivery came on time.", to=other)
    for score in (9, 0, 8):
        answer(score, LAST_WEEK - 7 * DAY)
    # A day before and a day after the week.
    answer(0, MONDAY - 8 * DAY)
    answer(0, MONDAY)
    subscribe()
    run(MONDAY)

    (mail,) = smtp_sink.mails
    assert (
        mail["Subject"].strip() == "Acme: NPS 40 last week, up 65 – 10 answers, 3 to read"
    )
    plain, html = words(mail)
    assert "The week: 16–22 November 2026" in plain
    assert "NPS +40 from 10 answers, likely between -" not in plain
    assert re.search(
        r"NPS \+40 from 10 answers, likely between −?\+?\d+ and \+\d+\.", plain
    )
    assert "▲ +65 points on the week before. Not significant" in plain
    assert "Promoters: 60% (6)" in plain
    assert "Answers: 10 – 4 before" in plain
    assert "Response rate: 100%, so far – 100% before" in plain
    assert "9–15" not in plain
    assert "Nov: +40 (10)" in plain
    first, second = plain.index("It broke <twice>"), plain.index("The delivery came")
    assert first < second, "the detractor stands first"
    assert "Often said: delivery (2)" in plain
    assert "Renewals: +100, 2 answers" in plain
    assert "It broke &lt;twice&gt; &amp; nobody" in html
    response = Response.objects.exclude(comment="").order_by("score").first()
    for text in (plain, html):
        assert f"/responses/{response.pk}/" in text
        assert "/?from=2026-11-16" in text
    page = alice_client.get("/?from=2026-11-16&to=2026-11-22").content.decode()
    assert re.search(r"hero-figure[^>]*>\s*\+40", page)


def test_the_sums_of_past_days_change_no_figure(account, answer, campaign):
    for days in range(40):
        answer(days % 11, MONDAY - days * DAY - 9 * HOUR, "Why not say so at length?")
    span = Span.around(LAST_WEEK.date(), STEPS[Frequency.WEEKLY])
    before = Content.of(account, span, now=MONDAY)
    while roll_up(account=account, now=MONDAY):
        pass
    with CaptureQueriesContext(connection) as queries:
        after = Content.of(account, span, now=MONDAY)
    assert after == before
    assert len(queries) <= 17


def test_a_silent_week_is_said_once_and_a_silent_day_not_at_all(
    subscribe, answer, smtp_sink
):
    answer(9, LAST_WEEK - 7 * DAY)
    subscribe()
    run(MONDAY)
    (mail,) = smtp_sink.mails
    assert mail["Subject"] == "Acme: nobody answered last week"
    plain, html = words(mail)
    assert "No survey was sent either." in plain
    assert "these mails pause" in html
    run(MONDAY + 7 * DAY)
    assert len(smtp_sink.mails) == 1

    subscribe("daily", at=MONDAY + 7 * DAY)
    run(MONDAY + 8 * DAY)
    assert len(smtp_sink.mails) == 1


def test_asked_without_an_answer_is_news(subscribe, account, campaign, smtp_sink):
    ask(kate(account), campaign, LAST_WEEK)
    subscribe("monthly", at=datetime(2026, 11, 5, tzinfo=UTC))
    run(datetime(2026, 12, 1, 8, 0, tzinfo=UTC))
    (mail,) = smtp_sink.mails
    assert mail["Subject"] == "Acme: nobody answered last month"
    assert "One survey was sent." in words(mail)[0]


def test_whose_answers_are_erased_is_quoted_no_more(subscribe, answer, smtp_sink):
    gone = answer(2, comment="I am Kate and I am angry")
    gone.comment, gone.contact = "", None
    gone.save()
    subscribe()
    run(MONDAY)
    plain, html = words(smtp_sink.mails[0])
    assert "angry" not in plain + html


def test_it_is_in_the_readers_language_from_the_subject_to_the_foot(
    member, subscribe, answer, smtp_sink, settings, monkeypatch
):
    settings.LANGUAGES = [("en", "English"), (CODE, "Brackets")]
    monkeypatch.setitem(trans_real._translations, CODE, Brackets())
    member.user.language = CODE
    member.user.save()
    subscribe()
    for score in (2, 8, 10):
        answer(score, comment="Why it broke")
        answer(score, LAST_WEEK - 7 * DAY)
    run(MONDAY)

    (mail,) = smtp_sink.mails
    assert OPEN in mail["Subject"]
    html = words(mail)[1]
    assert f'lang="{CODE}"' in html
    foreign = {"Acme", "Kate", "Why it broke", "· After an order ·", "broke (3)"}
    # The frame's only language element holds all of it.
    assert set(untranslated(html.replace(f'lang="{CODE}"', ""))) <= foreign


# --- The page and the way out -------------------------------------------------------


@pytest.fixture
def _monday():
    with time_machine.travel(MONDAY + HOUR, tick=False):
        yield


@pytest.mark.usefixtures("_monday")
def test_a_viewer_chooses_their_own_mails(account, bob):
    vera = _person("vera", account, Membership.Role.VIEWER)
    client = Client()
    client.force_login(vera)
    assert "Nothing yet" in client.get("/settings/mails-to-you/").content.decode()
    chosen = {"frequency": "daily", "wants_detractors": "on"}
    page = client.post("/settings/mails-to-you/", chosen, follow=True).content.decode()

    assert "Your mails of this account are saved." in page
    row = Subscription.objects.get(membership__user=vera)
    assert (row.frequency, row.wants_detractors, row.wants_moves) == ("daily", True, False)
    assert row.next_at == MONDAY + DAY
    assert not Subscription.objects.filter(membership__user=bob).exists()
    assert (
        client.post("/settings/mails-to-you/", {"frequency": "hourly"}).status_code == 422
    )
    client.post("/settings/mails-to-you/", {"frequency": "never"})
    row.refresh_from_db()
    assert row.next_at is None


@pytest.mark.usefixtures("_monday")
def test_one_can_be_seen_first_and_asked_for_a_few_times(
    alice_client, answer, smtp_sink, valkey
):
    answer(3, comment="It broke twice last week alone.")
    for path in ("", "look/", "frame/"):
        with CaptureQueriesContext(connection) as queries:
            alice_client.get(f"/settings/mails-to-you/{path}")
        assert len(queries) <= MOST_QUERIES
    page = alice_client.get("/settings/mails-to-you/look/").content.decode()
    assert "Acme: NPS −100 last week" in page
    frame = alice_client.get("/settings/mails-to-you/frame/?frequency=daily")
    assert "nobody answered" in frame.content.decode().lower()
    assert "sandbox" in frame["Content-Security-Policy"]
    said = [
        alice_client.post("/settings/mails-to-you/send/", follow=True).content.decode()
        for _ in range(4)
    ]
    assert "A digest is on its way to alice@example.com." in said[0]
    assert "Try again later." in said[3]
    for _ in range(2):
        run(MONDAY + HOUR)
    assert smtp_sink.recipients == ["alice@example.com"] * 3
    assert (
        "you asked for it" in alice_client.get("/settings/mails-to-you/").content.decode()
    )


def test_one_press_in_the_mail_ends_it(subscribe, answer, smtp_sink, client):
    row = subscribe(wants_detractors=True)
    answer(9)
    run(MONDAY)
    (mail,) = smtp_sink.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    path = re.search(r"<https?://[^/]+(/.*)>", mail["List-Unsubscribe"])[1]
    assert path in words(mail)[0]
    assert path in words(mail)[1]

    page = client.get(path)
    assert "No more digests?" in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    row.refresh_from_db()
    assert row.frequency == "weekly", "a scanner that opens the link changes nothing"
    answered = Client(enforce_csrf_checks=True).post(
        path.rstrip("/"), {"List-Unsubscribe": "One-Click"}
    )
    assert (answered.status_code, answered.content) == (200, b"")
    row.refresh_from_db()
    assert (row.frequency, row.next_at, row.wants_detractors) == ("never", None, True)
    assert "You get no more digests of Acme." in client.get(path).content.decode()
    assert "You get no more" in client.post(path).content.decode()


def test_a_link_of_another_kind_or_of_nobody_turns_nothing_off(
    subscribe, answer, smtp_sink, client
):
    row = subscribe(wants_detractors=True)
    answer(9)
    run(MONDAY)
    token = smtp_sink.mails[0]["List-Unsubscribe"].rstrip(">/").rpartition("/")[2]
    for path in (f"detractors/{token}", f"digest/{token[:-2]}AA", f"nothing/{token}"):
        assert client.post(f"/u/mails/{path}/").status_code == 404
    row.refresh_from_db()
    assert (row.frequency, row.wants_detractors) == ("weekly", True)
    row.membership.delete()
    assert client.get(f"/u/mails/digest/{token}/").status_code == 404


def test_thousands_stand_apart_in_the_figures_before_too():
    assert answers_before(4188) == "4,188 before"
    assert to_read(1232) == "1,232 new with words"
