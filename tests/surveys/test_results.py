"""Results through a filter: its address, its figures, its files."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from xml.etree import ElementTree

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.models import Campaign
from contacts.catalogue import note_attributes
from contacts.models import ContactList, ContactListMembership
from surveys.daily_sums.attribute_text import key_of
from surveys.daily_sums.coverage import Coverage
from surveys.daily_sums.rolling_up import roll_up
from surveys.inbox.acting import tag, tag_named
from surveys.inbox.opening import open_case
from surveys.models import Response, Survey
from surveys.nps import Counts
from surveys.results import tags
from surveys.results.grid import grid_of
from surveys.results.overview import moving_points
from surveys.results.periods import period_of
from surveys.results.tags import MOST_TAGGED
from surveys.results.words import MOST_COMMENTS, count_words, words_of
from surveys.rollups import DailyScores, Rollup
from surveys.selections import Selection
from tests.surveys.asked import kate

numbers = count()
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _today(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def answer(account, campaign, now):
    """Makes an answer, and its survey, of somebody with these attributes."""

    def make(score, at=now, *, comment="", campaign=campaign, contact=None, **attributes):
        contact = contact or kate(campaign.account, email=f"k{next(numbers)}@example.com")
        survey = Survey.objects.create(
            account=campaign.account,
            campaign=campaign,
            contact=contact,
            trigger_id=f"event-{next(numbers)}",
            attributes=attributes,
            triggered_at=at,
            due_at=at,
            asked_at=at,
        )
        note_attributes(account=campaign.account, values=attributes, now=now)
        return Response.objects.create(
            account=campaign.account,
            campaign=campaign,
            survey=survey,
            contact=contact,
            score=score,
            comment=comment,
            attributes=attributes,
            responded_at=at,
            updated_at=at,
        )

    return make


def text_of(client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return " ".join(response.content.decode().replace("<wbr>", "").split())


def responses_of(page: str) -> int:
    found = re.search(r"from <strong>([\d,]+) (?:response|person|people)", page)
    return int(found[1].replace(",", "")) if found else 0


def rows_of(client, path: str) -> list[list[str]]:
    answer = client.get(path)
    assert answer.status_code == 200, path
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_each_filter_narrows_and_its_chip_takes_it_away(
    alice_client, account, campaign, answer, now
):
    other = Campaign.objects.create(
        account=account,
        name="Other",
        email_template=campaign.email_template,
        contact_list=campaign.contact_list,
        event_name="Other",
        status=Campaign.Status.READY,
        activated_at=now,
    )
    members = ContactList.objects.create(account=account, name="Members")
    first = answer(9, plan="pro", country="DE")
    ContactListMembership.objects.create(contact=first.contact, contact_list=members)
    answer(3, plan="pro", contact=first.contact, campaign=other)
    answer(7, plan="free", country="DE")
    answer(8)
    first.superseded_at = now
    first.save()

    for query, n in {
        "": 4,
        f"campaign={other.pk}": 1,
        f"list={members.pk}": 2,
        "band=passive": 2,
        "attribute=plan&value=pro": 2,
        "attribute=plan&value=pro&attribute=country&value=DE": 1,
        "attribute=plan&value=free&none=country": 0,
        "none=plan": 1,
        "attribute=plan&value=": 4,
        "latest=yes": 3,
        "band=nonsense": 4,
    }.items():
        page = text_of(alice_client, f"/?{query}")
        assert responses_of(page) == n, query

    page = text_of(alice_client, "/?range=7&attribute=plan&value=pro&band=detractor")
    assert '<li class="filter-chip">plan: pro <a href="?range=7&amp;band=detractor"' in page
    assert 'Detractors only <a href="?range=7&amp;attribute=plan&amp;value=pro"' in page, (
        page
    )
    assert "Response rate" not in page
    assert "each by their latest answer" in text_of(alice_client, "/?latest=yes")


def test_a_foreign_campaign_or_list_is_not_found(
    alice_client, charlie_client, campaign, answer, other_account
):
    answer(9)
    foreign = ContactList.objects.create(account=other_account, name="Theirs")

    for path in ("/", "/results/by-attribute/", "/results/trend.csv"):
        assert alice_client.get(f"{path}?list={foreign.pk}").status_code == 404
        assert alice_client.get(f"{path}?campaign=99999999").status_code == 404
        assert alice_client.get(f"{path}?campaign=nonsense").status_code == 404


def test_own_days_are_whole_ones_of_the_account_and_nonsense_is_ignored(
    alice_client, account, answer, now
):
    account.time_zone = "Pacific/Auckland"
    account.save()
    answer(9, now.replace(day=10, hour=10))  # 23:00 there
    answer(9, now.replace(day=10, hour=11))  # 00:00 of the 11th

    assert responses_of(text_of(alice_client, "/?from=2026-11-10&to=2026-11-10")) == 1
    assert responses_of(text_of(alice_client, "/?from=2026-11-11&to=2026-11-10")) == 2
    assert responses_of(text_of(alice_client, "/?from=2026-11-11")) == 1
    assert responses_of(text_of(alice_client, "/?from=9999-99-99&to=x")) == 2
    for odd in ("from=0001-01-01", "to=9999-12-31", "from=0001-01-01&to=0001-01-02"):
        text_of(alice_client, f"/?{odd}")


def test_what_it_is_compared_with_can_be_chosen(alice_client, answer, now):
    answer(9, now)
    answer(0, now - timedelta(days=30))
    answer(7, now - timedelta(days=364))

    assert "+200 points" in text_of(alice_client, "/")
    year = text_of(alice_client, "/?compare=year")
    assert "+100 points" in year
    assert "the same days 52 weeks before" in year
    assert "points</strong>" not in text_of(alice_client, "/?compare=none")
    assert "not significant" in text_of(alice_client, "/")


def test_a_filter_that_nobody_matches_says_what_to_loosen(alice_client, answer):
    answer(9, plan="pro")

    page = text_of(alice_client, "/?attribute=plan&value=pr&band=promoter")

    assert "Nobody matches in the last 30 days" in page
    assert "Remove one of the filters above" in page


def test_an_attribute_without_its_value_is_asked_for_it(alice_client, answer):
    answer(9, plan="pro")
    answer(9, plan="free")

    page = text_of(alice_client, "/?attribute=plan&value=")

    assert "Which “plan”? Type a value or choose one: free, pro." in page
    options = text_of(alice_client, "/results/values/?attribute=plan")
    assert options == '<option value="free"></option><option value="pro"></option>'


def test_groups_are_told_apart_with_change_and_rate(alice_client, answer, now):
    for _ in range(31):
        answer(9, plan="pro")
    answer(0, now - timedelta(days=40), plan="pro")
    answer(3, plan="free")
    answer(10)

    page = text_of(alice_client, "/results/by-attribute/?key=plan")

    assert "NPS by plan" in page
    row = page.split("<tbody>")[1].split("</tr>")[0]
    assert "attribute=plan&amp;value=pro" in row
    assert "+100" in row
    assert "+200" in row
    assert "100%" in row
    assert page.count('<tr class="is-small">') == 2
    assert "more answers for ±10" in page
    assert '<a href="/?none=plan">' in page
    by_score = text_of(alice_client, "/results/by-attribute/?key=plan&sort=nps")
    assert by_score.index("value=free") < by_score.index("value=pro")
    assert 'aria-sort="ascending"' in by_score


def test_the_steps_of_the_charts_are_chosen_in_the_address(alice_client, answer, now):
    for day in range(20):
        answer(9, now - timedelta(days=day))

    by_itself = text_of(alice_client, "/")
    weeks = text_of(alice_client, "/?step=week&band=promoter")
    nonsense = text_of(alice_client, "/?step=hour")
    too_many = text_of(alice_client, "/?from=2000-01-01&step=day")

    assert 'href="?step=week#trend">Weeks</a>' in by_itself
    assert 'href="?#trend" aria-current="true">Automatic</a>' in by_itself
    assert "Week of" in weeks
    chosen = 'href="?step=week&amp;band=promoter#trend" aria-current="true">Weeks</a>'
    assert chosen in weeks
    assert 'href="?range=90&amp;step=week&amp;band=promoter"' in weeks
    assert 'name="step" value="week"' in weeks
    assert '/results/trend.csv?step=week&amp;band=promoter"' in weeks
    for page in (nonsense, too_many):
        assert 'aria-current="true">Automatic</a>' in page
    assert ">Days</a>" not in too_many
    trend = alice_client.get("/results/trend.csv?step=month").getvalue().decode()
    assert "\nmonth," in trend.replace("\r", "")


def test_a_score_of_few_answers_is_grey_everywhere_and_says_what_it_lacks(
    alice_client, account, campaign, answer
):
    campaign.status = Campaign.Status.ACTIVE
    campaign.save()
    for score in (9, 10, 3):
        answer(score, comment="late parcel", plan="pro", size="s")
    words = "likely −51 to +85 · about 280 more answers for ±10"
    score = f'<span class="score soft" title="{words}">+33<span class="visually-hidden">'

    dashboard = text_of(alice_client, "/")
    campaigns = text_of(alice_client, "/campaigns/")
    own = text_of(alice_client, f"/campaigns/{campaign.pk}/")
    grid = text_of(alice_client, "/results/by-attribute/?key=plan&by=size")

    assert score in dashboard.split('id="words"')[1]
    assert score in grid
    assert f'<strong class="soft">+33</strong><span class="sub">{words}<' in campaigns
    assert '<p class="figure soft">+33</p>' in own
    assert "About 280 more answers would bring it to within 10 points" in own
    by_campaign = dashboard.split('id="campaigns"')[1].split("</section>")[0]
    assert "about 280 more answers for ±10" in by_campaign
    assert '<span class="sub narrow-only">likely −51 to +85 · rate 100%' in by_campaign


def test_looking_at_an_attribute_makes_the_worker_keep_its_sums(
    alice_client, account, answer, now
):
    for day in range(5):
        answer(9, now - timedelta(days=day), plan="pro")

    before = text_of(alice_client, "/results/by-attribute/?key=plan")
    text_of(alice_client, "/results/by-attribute/?key=nonsense")
    while roll_up(account=account, now=now):
        pass

    keys = Rollup.objects.filter(account=account).values_list("key", flat=True)
    assert set(keys) == {"", "plan"}
    after = text_of(alice_client, "/results/by-attribute/?key=plan")
    assert after.split('"filter-bar"')[1] == before.split('"filter-bar"')[1]


def test_of_many_values_the_largest_are_shown_and_the_others_summed_up(
    alice_client, answer
):
    for number in range(55):
        answer(9, company=f"Company {number:02}")
    answer(9, company="Company 54")

    page = text_of(alice_client, "/results/by-attribute/?key=company")
    rows = rows_of(alice_client, "/results/by-attribute.csv?key=company")

    assert "the other 5 are summed up in the last line" in page
    assert len(rows) == 1 + 51
    assert rows[1][:5] == ["Company 54", "100.0", "-24.4", "100.0", "2"]
    assert rows[-1][0] == "All others"
    assert sum(int(row[4]) for row in rows[1:]) == 56


def test_two_attributes_make_a_grid_whose_cells_lead_to_the_dashboard(alice_client, answer):
    answer(9, plan="pro", country="DE")
    answer(3, plan="pro", country="DE")
    answer(9, plan="free")

    page = text_of(alice_client, "/results/by-attribute/?key=plan&by=country")

    link = "/?attribute=plan&amp;value=pro&amp;attribute=country&amp;value=DE"
    assert f'href="{link}"' in page
    assert responses_of(text_of(alice_client, link.replace("&amp;", "&"))) == 2
    rows = rows_of(alice_client, "/results/by-attribute.csv?key=plan&by=country")
    assert ["pro", "DE", "0.0", "-73.3", "73.3", "2", "1", "0", "1"] in rows


def test_looking_at_two_attributes_makes_the_worker_keep_the_sums_of_both(
    alice_client, account, answer, now
):
    for day in range(5):
        answer(9, now - timedelta(days=day), plan="pro", country="DE")
        answer(2, now - timedelta(days=day), plan="pro")
    pages = [
        "/?attribute=plan&value=pro&attribute=country&value=DE",
        "/results/by-attribute/?key=plan&by=country",
        "/results/by-attribute/?key=country&attribute=plan&value=pro",
    ]

    def shown() -> list[str]:
        return [text_of(alice_client, page).split('"filter-bar"')[1] for page in pages]

    before = shown()
    text_of(alice_client, "/?attribute=plan&value=pro&attribute=nonsense&value=DE")
    while roll_up(account=account, now=now):
        pass

    kept = DailyScores.objects.filter(account=account, is_latest=False)
    pairs = kept.filter(key=key_of(["plan", "country"])).values_list("value", flat=True)
    assert set(pairs) == {"2:DEpro", "0:pro"}
    # They are read from there: what only the sums know of is shown.
    kept.update(s0=7)
    assert all(one != two for one, two in zip(shown(), before, strict=True))
    kept.update(s0=0)
    assert shown() == before


def test_values_that_are_numbers_stand_in_their_order(alice_client, answer):
    for seats in ("13", "2", "2.5", "4"):
        answer(9, plan="pro", seats=seats)
    answer(9, plan="pro")

    grid = text_of(alice_client, "/results/by-attribute/?key=plan&by=seats")
    table = text_of(alice_client, "/results/by-attribute/?key=seats&sort=value")
    options = text_of(alice_client, "/results/values/?attribute=seats")

    head = grid.split("<thead>")[1].split("</thead>")[0]
    titles = ["seats", "plan", "2", "2.5", "4", "13", "none"]
    assert re.findall(r">([\w.]+)</th>", head) == titles
    found = re.findall(r"value=([\d.]+)&?", table.split("<tbody>")[1].split("</table>")[0])
    assert list(dict.fromkeys(found)) == ["2", "2.5", "4", "13"]
    assert re.findall(r'value="([^"]+)"', options) == ["2", "2.5", "4", "13"]


def test_the_grid_stops_when_its_time_is_over(account, answer, now, monkeypatch):
    monkeypatch.setattr("surveys.results.grid.ANSWERS_A_STRETCH", 2)
    for day in range(6):
        answer(9, now - timedelta(days=day), plan="pro", country="DE")
    coverage = Coverage.of(account, now=now)
    period = period_of({}, account=account, zone=coverage.zone, now=now)
    seconds = iter([0, 0.5, 9, 9])

    grid = grid_of(
        Selection(account),
        period,
        coverage=coverage,
        key="plan",
        by="country",
        clock=lambda: next(seconds),
    )

    assert (grid.n, grid.since) == (4, now.date() - timedelta(days=3))


def test_files_hold_what_the_page_shows_and_negative_scores_stay_numbers(
    alice_client, campaign, answer, now
):
    answer(3, plan="pro", comment="=cmd")
    answer(3, now - timedelta(days=1))

    scores = rows_of(alice_client, "/results/scores.csv?attribute=plan&value=pro")
    assert scores[4] == ["3", "detractor", "1", "100.0"]
    assert sum(int(row[2]) for row in scores[1:]) == 1
    trend = rows_of(alice_client, "/results/trend.csv?range=7")
    assert trend[1][:3] == ["day", "2026-11-22", "-100.0"]
    assert trend[-1][:3] == ["30 days up to", "2026-11-23", "-100.0"]
    assert rows_of(alice_client, "/results/campaigns.csv")[1][:2] == [
        "After an order",
        "-100.0",
    ]
    rates = rows_of(alice_client, "/results/rates.csv?range=7")
    assert rates[1] == ["day", "2026-11-22", "1.0000", "1", "0", "1", "yes"]


@pytest.mark.parametrize("name", ["scores", "trend", "rates", "by-attribute"])
def test_a_drawing_is_a_file_that_stands_alone_in_light_colours(alice_client, answer, name):
    answer(9, plan='<&"> pro')

    for query in ("key=plan", "key=plan&from=2020-01-01&to=2020-01-02"):
        got = alice_client.get(f"/results/{name}.svg?{query}")
        assert got["Content-Type"].startswith("image/svg+xml")
        tree = ElementTree.fromstring(got.content)  # noqa: S314 - our own
        assert tree.tag == "{http://www.w3.org/2000/svg}svg"
        assert b"var(" not in got.content

    text = (ROOT / "promoter/static/app.css").read_text()
    light = set(re.findall(r"light-dark\((#\w+)", text))
    assert set(re.findall(r"#[0-9a-f]{6}\b", got.content.decode())) <= light


def test_the_pages_ask_few_questions_whatever_they_show(
    alice_client, account, campaign, answer, now
):
    def assert_few(address: str) -> None:
        alice_client.get(address)
        with CaptureQueriesContext(connection) as queries:
            text_of(alice_client, address)
        assert len(queries) <= 25, (address, [query["sql"] for query in queries])

    def answers(days: range) -> None:
        for day in days:
            at = now - timedelta(days=day)
            answer(9, at, plan="pro", country="DE", comment="Good app")
        while roll_up(account=account, now=now):
            pass

    open_case(first := answer(9), now=now)
    first.case.tags.add(urgent := tag_named("urgent", account=account))
    answers(range(8))
    assert_few("/")  # with the first steps, which young accounts see
    answers(range(8, 40))
    for address in (
        "/",
        "/?range=all",
        f"/?campaign={campaign.pk}&latest=yes&compare=year&attribute=plan&value=pro",
        "/?attribute=plan",
        "/?band=detractor",
        f"/?tag={urgent.pk}",
        "/results/by-attribute/?key=plan",
        "/results/by-attribute/?key=plan&by=country",
    ):
        assert_few(address)


def test_words_are_counted_once_a_comment_in_any_script():
    comments = [
        ("Der Support war langsam, langsam!", 3),
        ("Support: sehr langsam", 2),
        ("The support is great", 9),
        ("配送がとても遅い", 4),
        ("配送が早い", 9),
    ]

    found = {word.text: (word.n, word.counts.nps) for word in count_words(comments)}

    assert found["support"] == (3, Counts(1, 0, 2).nps)
    assert found["langsam"][0] == 2
    assert found["配送"][0] == 2
    assert "der" not in found
    assert list(words_of("Don’t, won't; it’s naïve co-op 123 a_b")) == ["naïve", "co-op"]
    assert list(words_of("GRÖSSE? Große Größe.")) == ["grösse", "große", "größe"]
    assert list(words_of("İçin İade, İYİ; cafe\u0301")) == ["iade", "iyi", "café"]


def test_words_come_from_the_latest_comments_and_say_so(alice_client, answer, monkeypatch):
    monkeypatch.setattr("surveys.results.words.MOST_COMMENTS", 2)
    answer(9, comment="Old words")
    answer(9, comment="Quick delivery")
    answer(9, comment="Delivery was quick")

    page = text_of(alice_client, "/")

    assert "In the latest 2,000 comments" in page
    assert '<th scope="row" dir="auto">delivery</th>' in page
    assert MOST_COMMENTS == 2_000


# The standing clock is made once for all examples; a loaded machine draws slowly.
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(
    st.dictionaries(
        st.integers(-40, 20),
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
    ),
    st.integers(1, 5),
    st.integers(1, 35),
)
def test_the_moving_score_is_that_of_the_days_before(by_offset, every, width):
    first = date(2026, 11, 2)
    last = first + timedelta(days=20)
    days = {
        first + timedelta(days=offset): Counts(*each) for offset, each in by_offset.items()
    }

    points = moving_points(days, first=first, last=last, every=every, width=width)

    assert points[-1].day == last
    assert all(one.day >= first for one in points)
    for point in points:
        naive = Counter[str]()
        for back in range(width):
            counts = days.get(point.day - timedelta(days=back), Counts())
            naive.update(p=counts.promoters, m=counts.passives, d=counts.detractors)
        assert point.counts == Counts(naive["p"], naive["m"], naive["d"])


def test_seeded_answers_are_of_two_years_and_summed_up_as_the_rows_say(
    alice_client, account, campaign, now, summed_up_by_seasons
):
    call_command("seed_responses", count=300, yes=True, account=account.pk)

    rows = Response.objects.filter(account=account).order_by("responded_at")
    assert rows.count() == 300
    assert (now - rows[0].responded_at).days > 600
    for (contact,) in random.Random(1).sample(list(rows.values_list("contact")), 20):
        own = list(rows.filter(contact=contact))
        assert [one.superseded_at for one in own] == [
            *(later.responded_at for later in own[1:]),
            None,
        ]
    call_command("daily_sums", account=account.pk)
    assert responses_of(text_of(alice_client, "/?range=all")) == 300
    # The next row gets an id of its own.
    kate(account, email="next@example.com")


def test_seeding_a_real_installation_must_be_meant(account, campaign):
    with pytest.raises(CommandError, match="real installation"):
        call_command("seed_responses", count=1)


class TestTags:
    """By what the team sorts answers with."""

    @pytest.fixture
    def tagged(self, account, answer, alice, now):
        """Three answers with "price", one of them with "late" too, and one without."""
        price, late = (tag_named(name, account=account) for name in ("price", "late"))
        rows = [answer(score, now - timedelta(days=score)) for score in (9, 3, 10, 8)]
        for row in rows:
            open_case(row, now=now)
        tag(cases=[row.pk for row in rows[:3]], with_=price, by=alice, now=now)
        tag(cases=[rows[0].pk], with_=late, by=alice, now=now)
        return price, late

    def test_they_narrow_what_is_shown(self, alice_client, tagged, other_account):
        price, late = tagged
        for query, n in {
            f"tag={price.pk}": 3,
            f"tag={late.pk}": 1,
            f"tag={price.pk}&band=detractor": 1,
            f"tag={late.pk}&range=7": 0,
        }.items():
            page = text_of(alice_client, f"/?{query}")
            assert responses_of(page) == n, query
            assert "Response rate" not in page
        assert 'Tag: late <a href="?range=7"' in page
        path = f"/results/by-attribute.csv?key=plan&tag={price.pk}"
        assert rows_of(alice_client, path)[1][4] == "3"
        theirs = tag_named("theirs", account=other_account)
        theirs.save()
        assert alice_client.get(f"/?tag={theirs.pk}").status_code == 404

    @pytest.mark.parametrize("most", [MOST_TAGGED, 0], ids=["each", "latest"])
    def test_the_top_ones_stand_there(self, alice_client, tagged, monkeypatch, most):
        monkeypatch.setattr(tags, "MOST_TAGGED", most)
        price, late = tagged

        page = text_of(alice_client, "/?range=90")

        panel = page.split('id="tags">')[1].split("</section>")[0]
        assert ("On 3 answers" in panel) == (most > 0)
        assert f'<a href="/?range=90&amp;tag={price.pk}">price</a>' in panel
        numbers = re.findall(r'<td class="number">(?:<span[^>]*>)?([^<]*)<', panel)
        assert "+100<span" in panel
        assert "likely −51 to +85 · about 280 more answers for ±10" in panel
        assert numbers == ["3", "+33", "1", "+100"]
        narrowed = text_of(alice_client, f"/?range=90&tag={late.pk}")
        assert f'tag={late.pk}" aria-current="true">late</a>' in narrowed

    def test_who_has_none_is_told_where_to_begin(self, alice_client, answer):
        answer(9)
        assert "Tag some under Responses" in text_of(alice_client, "/")


def test_a_value_in_other_capitals_is_offered_in_those_that_answers_have(
    alice_client, answer
):
    answer(9, plan="pro")
    page = text_of(alice_client, "/?range=7&attribute=plan&value=Pro")

    assert "No answer has plan “Pro”" in page
    assert 'href="?range=7&amp;attribute=plan&amp;value=pro"' in page

    by_attribute = "/results/by-attribute/?range=7&attribute=plan&value=Pro"
    page = text_of(alice_client, f"{by_attribute}&key=plan")
    assert "Show plan “pro”" in page
    assert 'href="?key=plan&amp;range=7&amp;attribute=plan&amp;value=pro"' in page
    led = alice_client.get("/results/by-attribute/?range=7&key=Plan")
    assert led["Location"] == "/results/by-attribute/?range=7&key=plan"


def test_an_attribute_in_other_capitals_is_the_one_the_account_has(
    alice_client, answer, now
):
    """On every page with a filter, and where its values are suggested."""
    open_case(answer(9, plan="pro", country="DE", comment="Fine"), now=now)

    page = text_of(alice_client, "/?range=7&attribute=Plan&value=pro")
    assert "plan: pro" in page
    assert "+100" in page
    assert "plan: none" in text_of(alice_client, "/?range=7&none=PLAN")
    assert "pro" in text_of(alice_client, "/results/values/?attribute=Plan")
    page = text_of(alice_client, "/?range=7&attribute=Plan&value=Pro")
    assert 'href="?range=7&amp;attribute=plan&amp;value=pro"' in page
    by_attribute = "/results/by-attribute/?range=7&attribute=Plan&value=pro&key=country"
    assert "plan: pro" in text_of(alice_client, by_attribute)
    led = alice_client.get("/results/by-attribute/?range=7&key=plan&by=Country")
    assert led["Location"] == "/results/by-attribute/?range=7&key=plan&by=country"

    inbox = "/responses/?tab=all&attribute=Plan&value="
    assert "Fine" in text_of(alice_client, f"{inbox}pro")
    page = text_of(alice_client, f"{inbox}Pro")
    assert "There is “pro”: capitals count." in page
    assert 'href="?tab=all&amp;attribute=Plan&amp;value=pro"' in page


def test_the_page_by_attribute_begins_with_the_most_telling_one(alice_client, answer):
    for number in range(3):
        attributes = {"plan": "pro" if number else "free", "one": 1, "list": [number]}
        answer(9, **attributes, **({} if number else {"rare": "a"}))

    shown = alice_client.get("/results/by-attribute/?range=7")
    assert (shown.status_code, shown["Location"]) == (
        302,
        "/results/by-attribute/?range=7&key=plan",
    )
    # Who chooses none is asked for one.
    assert "Choose an attribute" in text_of(alice_client, "/results/by-attribute/?key=")
