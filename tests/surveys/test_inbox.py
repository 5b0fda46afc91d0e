"""Answers as cases: found, taken, tagged, noted, closed, and opened again by a change."""

from __future__ import annotations

import json
import re
import threading
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection

from promoter.accounts.models import Membership
from promoter.accounts.team import remove_member
from promoter.webhooks.models import Delivery, Endpoint
from surveys.answering.deleting import delete_answer
from surveys.erasing import forget_surveys
from surveys.inbox.acting import tag_named
from surveys.models import Case, CaseEvent, Tag
from surveys.responding import record_response
from tests.surveys.asked import ask, kate

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _clock(now):
    with time_machine.travel(now + HOUR, tick=False):
        yield


@pytest.fixture
def answer(account, campaign, now):
    """`answer(3, "It broke")`: the case of an answer just given, each of another person."""

    def _answer(score: int, comment: str = "", *, at=now, name: str = "Kate", **attributes):
        number = Case.objects.count()
        contact = kate(account, f"{name.lower()}{number}@example.com", user_id=f"u{number}")
        contact.first_name, contact.attributes = name, attributes
        contact.save()
        survey = ask(contact, campaign, at)
        response = record_response(survey=survey, score=score, comment=comment, now=at)
        return response.case

    return _answer


@pytest.fixture
def listed(alice_client):
    def _listed(query: str = "", client=alice_client) -> str:
        page = client.get(f"/responses/{query}")
        assert page.status_code == 200
        return page.content.decode()

    return _listed


@pytest.fixture
def act(alice_client):
    def _act(case: Case, act: str, **data) -> str:
        path = f"/responses/{case.pk}/act/"
        return alice_client.post(path, {"act": act, **data}, follow=True).content.decode()

    return _act


def history(case: Case) -> list[tuple[str, str]]:
    return list(case.events.values_list("kind", "about"))


def test_a_case_is_open_until_it_is_closed_and_open_again_when_the_answer_changes(
    account, answer, listed, act, now
):
    Endpoint.objects.create(account=account, url="https://hooks.example.com/")
    case = answer(3, "It broke")
    assert "It broke" in listed()
    assert "It broke" not in listed("?tab=closed")

    assert "Closed." in act(case, "close")
    act(case, "close")
    assert "It broke" not in listed()
    assert "It broke" in listed("?tab=closed")

    survey = case.response.survey
    record_response(survey=survey, score=3, comment="It broke", now=now + HOUR)
    assert "It broke" not in listed(), "the same once more is no change"
    record_response(survey=survey, score=3, comment="It broke twice", now=now + HOUR)
    assert "It broke twice" in listed()
    assert history(case) == [("closed", ""), ("changed", "")]
    told = [json.loads(row.payload) for row in Delivery.objects.order_by("pk")]
    status = [one["data"]["response"]["status"] for one in told if "status" in one["type"]]
    assert status == ["closed", "open"]


def test_a_case_is_somebodys_until_they_leave(
    alice, alice_client, bob, account, answer, listed, act, now
):
    case = answer(3, "It broke")
    bobs = Membership.objects.get(user=bob)
    act(case, "assign", assignee=bobs.pk)
    assert "It broke" in listed(f"?assignee={bobs.pk}")
    assert "It broke" not in listed("?tab=mine")
    act(case, "assign", assignee=Membership.objects.get(user=alice).pk)
    assert "It broke" in listed("?tab=mine")
    act(case, "assign", assignee=bobs.pk)

    old_page = {"assignee": bobs.pk}
    remove_member(membership=bobs, by=alice, now=now)

    assert "It broke" in listed("?assignee=nobody")
    assert [kind for kind, _ in history(case)] == ["assigned"] * 3
    act(case, "assign", assignee="")
    assert len(history(case)) == 3
    # From a page that was opened before: it takes the case from nobody else.
    act(case, "assign", assignee=Membership.objects.get(user=alice).pk)
    assert "has left the account" in act(case, "assign", **old_page)
    bulk = {"act": "assign", "case": case.pk, **old_page}
    page = alice_client.post("/responses/bulk/", bulk, follow=True)
    assert "has left the account" in page.text
    assert "It broke" in listed("?tab=mine")


def test_nobody_of_another_account_is_given_a_case(charlie, answer, act):
    case = answer(3)
    act(case, "assign", assignee=Membership.objects.get(user=charlie).pk)
    case.refresh_from_db()
    assert case.assignee is None


def test_a_comma_stands_between_tags_as_in_rules(alice_client, account, answer, act):
    """A name with a comma fell apart when a rule that gives it was saved."""
    case, other = answer(3), answer(2)
    act(case, "tag", tag="Late, damaged ,, LATE")
    assert [tag.name for tag in Tag.objects.all()] == ["Late", "damaged"]
    page = alice_client.post(
        "/responses/bulk/",
        {"act": "tag", "tag": "late,damaged", "all": "yes", "list": "tab=all"},
    )
    assert "<strong>1 answer</strong>" in page.text, "the other one has both"
    act(other, "tag", tag=",")
    assert not other.tags.exists()

    rename = {"act": "rename", "name": "Late, again"}
    page = alice_client.post(f"/settings/inbox/tags/{Tag.objects.first().pk}/", rename)
    assert "A comma stands between tags" in page.text


@pytest.mark.django_db(transaction=True)
def test_who_makes_the_same_tag_at_the_same_moment_makes_it_once(account):
    """Two people, or a button that was pressed twice."""
    made, start = [], threading.Barrier(6)

    def make():
        try:
            start.wait(60)
            made.append(tag_named("Late", account=account).pk)
        except Exception as error:
            made.append(error)
        finally:
            connection.close()

    people = [threading.Thread(target=make) for _ in range(6)]
    for person in people:
        person.start()
    for person in people:
        person.join(120)

    assert made == [Tag.objects.get().pk] * 6


def test_tags_are_made_in_place_and_found_by(answer, listed, act):
    case, other = answer(3, "It broke"), answer(4, "It was late")
    act(case, "tag", tag="  Delivery   time ")
    act(other, "tag", tag="delivery TIME")
    tag = Tag.objects.get()
    assert tag.name == "Delivery time"
    act(other, "untag", tag=tag.pk)

    page = listed(f"?tag={tag.pk}")

    assert "It broke" in page
    assert "It was late" not in page
    assert history(other) == [("tagged", "Delivery time"), ("untagged", "Delivery time")]


def test_words_and_people_are_found_whatever_the_capitals(answer, listed):
    answer(2, "Über die Maßen langsam", name="Jürgen")
    answer(9, "Fine")

    for words in ("über", "ÜBER", "jürgen", "JÜRGEN"):
        page = listed(f"?q={words}")
        assert "die Maßen" in page
        assert "Fine" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=refund", {"Refunds"}),
        ("?q=REFUND+slow", {"Refunds"}),
        ("?q=refund+quick", set()),
        ("?q=zoe", {"Fine"}),
        ("?q=zoe2%40example.com", {"Fine"}),
        ("?q=%27%3A*+%26+%7C", set()),
        ("?q=refund&band=promoter", set()),
        ("?band=promoter", {"Fine"}),
        ("?attribute=plan&value=gold", {"Fine"}),
        ("?attribute=plan&value=silver", set()),
        ("?comment=yes", {"Refunds", "Fine"}),
        ("?tab=closed", set()),
        (
            "?campaign=999&tag=x&assignee=-1&older=nonsense",
            {"Refunds", "Fine", "No comment"},
        ),
    ],
)
def test_answers_are_found_by_words_people_and_filters(answer, listed, query, found):
    answer(2, "Refunds are slow")
    answer(8)
    answer(10, "Fine", name="Zoe", plan="gold")

    page = listed(query)

    words = {"Refunds", "Fine", "No comment"}
    assert {one for one in words if f">{one}" in page} == found


@pytest.mark.parametrize("q", ["über zoll", "ärgerlich", "Bestellung", "ÉMILE", "émile"])
def test_capitals_are_no_matter_in_any_alphabet(answer, listed, alice_client, q):
    """SQLite knows those of ASCII alone."""
    answer(3, "Über den Zoll: ÄRGERLICH. bestellung fehlt", name="Émile")
    answer(9, "Gut", name="Kate")

    page = listed(f"?{urlencode({'q': q})}")
    assert ">Über den Zoll" in page
    assert ">Gut" not in page
    if "mile" in q.lower():
        contacts = alice_client.get("/contacts/", {"q": q}).text
        assert "Émile" in contacts
        assert "kate1@" not in contacts.replace("<wbr>", "")


def test_a_note_is_for_the_team_and_text(answer, act):
    page = act(answer(3), "note", text="<b>Ask Bob</b>")
    assert "&lt;b&gt;Ask Bob" in page
    assert "note for the team" in page


def test_several_are_closed_at_once_after_a_look_at_how_many(
    alice_client, answer, listed, act
):
    cases = [answer(number, f"number {number}.") for number in range(3)]
    act(cases[0], "close")
    chosen = [case.pk for case in cases]
    path, data = "/responses/bulk/", {"act": "close", "case": chosen, "list": "tab=all&x=1"}

    asked = alice_client.post(path, data).content.decode()
    assert "<strong>3 answers</strong> will be closed" in asked
    assert "1 of them is closed already" in asked
    assert Case.objects.open().count() == 2
    done = alice_client.post(path, data | {"confirmed": "yes"}, follow=True)

    assert "2 cases closed." in done.content.decode()
    assert done.redirect_chain[-1][0] == "/responses/?tab=all"
    assert (
        "Tick the answers first"
        in alice_client.post(path, {"act": "close"}, follow=True).content.decode()
    )
    alice_client.post(path, {"act": "tag", "tag": "Late", "case": chosen[0]})
    assert Tag.objects.get().cases.get() == cases[0]


def test_an_act_reaches_all_that_the_filter_finds(
    account, other_account, alice_client, answer, listed, monkeypatch
):
    Endpoint.objects.create(account=account, url="https://hooks.example.com/")
    late = [answer(3, "Late.").pk for _ in range(40)]
    answer(9, "Late, and yet fine.")
    theirs = answer(3, "Late.", name="Theirs").pk
    Case.objects.filter(pk=theirs).update(account=other_account)
    monkeypatch.setattr("surveys.views.inbox_bulk.MOST", 25)

    def press(**data) -> str:
        data = {"list": "tab=open&band=detractor&older=1.1", "all": "yes", **data}
        return alice_client.post("/responses/bulk/", data, follow=True).content.decode()

    # Each press takes the next of them: those which have the tag are not in the way.
    assert 'name="all"' in listed("?band=detractor")
    assert 'name="all"' not in listed("?band=promoter")
    asked = press(act="tag", tag="late")
    assert "<strong>25 answers</strong> will have the tag" in asked
    assert "More match than that. These are the newest 25" in asked
    upto = re.search(r'name="upto" value="(\d+)"', asked)[1]
    assert not CaseEvent.objects.exists()
    assert "25 cases tagged." in press(act="tag", tag="late", upto=upto, confirmed="yes")
    after = answer(3, "Late too.").pk
    assert "15 cases tagged." in press(act="tag", tag="Late", upto=upto, confirmed="yes")
    assert set(Tag.objects.get().cases.values_list("pk", flat=True)) == set(late)

    monkeypatch.setattr("surveys.views.inbox_bulk.MOST", 1_000)
    asked = press(act="close", list="tab=open&q=late&band=detractor")
    assert "<strong>41 answers</strong> will be closed" in asked
    assert "More match" not in asked
    assert Case.objects.closed().count() == 0
    assert "41 cases closed." in press(act="close", confirmed="yes")
    closed = {*late, after}
    assert set(Case.objects.closed().values_list("pk", flat=True)) == closed
    events = CaseEvent.objects.filter(kind="closed", actor__email="alice@example.com")
    assert {event.case_id for event in events} == closed
    told = Delivery.objects.filter(event_type="response.status_changed")
    assert {json.loads(each.payload)["data"]["response"]["id"] for each in told} == closed
    assert "it was so already" in press(act="close")

    # Nobody's are not somebody's already, and the other way round.
    mine = {"list": "tab=closed", "act": "assign", "confirmed": "yes"}
    me = Membership.objects.get(account=account, user__email="alice@example.com").pk
    for whose in (me, ""):
        assert "41 cases assigned." in press(assignee=whose, **mine)
        assert "it was so already" in press(assignee=whose, **mine)

    Membership.objects.filter(account=account).update(role="viewer")
    refused = {"act": "reopen", "all": "yes", "list": "tab=all", "confirmed": "yes"}
    assert alice_client.post("/responses/bulk/", refused).status_code == 403
    assert 'name="all"' not in listed("?tab=closed")
    assert Case.objects.closed().count() == 41


def test_a_strangers_tick_and_a_viewers_press_do_nothing(
    charlie_client, alice, alice_client, answer
):
    case = answer(3, "It broke")
    charlie_client.post("/responses/bulk/", {"act": "close", "case": case.pk})
    Membership.objects.filter(user=alice).update(role="viewer")
    page = alice_client.get(f"/responses/{case.pk}/").content.decode()
    assert "It broke" in page
    assert "<textarea" not in page
    assert alice_client.post(f"/responses/{case.pk}/act/").status_code == 403
    assert Case.objects.open().count() == 1


def test_a_case_leads_to_those_beside_it(alice_client, answer, now):
    first, second, third = (answer(3, at=now + HOUR * hour) for hour in range(3))
    page = alice_client.get(f"/responses/{second.pk}/?q=&tab=open").content.decode()
    assert f'rel="next" href="/responses/{first.pk}/?tab=open"' in page
    assert f'rel="prev" href="/responses/{third.pk}/?tab=open"' in page


def test_erasing_the_person_removes_what_was_written_about_them(answer, act, now):
    case = answer(3, "I am Kate")
    act(case, "note", text="Kate is angry")
    act(case, "close")

    forget_surveys(contact=case.response.contact, now=now)

    case.refresh_from_db()
    assert not case.is_open
    assert set(CaseEvent.objects.values_list("kind", "text")) == {
        ("note", ""),
        ("closed", ""),
    }


def test_the_respondents_deletion_takes_the_case_along(answer, act, now):
    case = answer(3, "I am Kate")
    act(case, "note", text="Kate is angry")
    delete_answer(survey=case.response.survey, now=now)
    assert not Case.objects.exists()
    assert not CaseEvent.objects.exists()
