"""What happens to answers by itself, ready replies, and tags put in order."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from promoter.accounts.models import AuditEvent, Membership
from surveys.inbox.applying import apply_rules
from surveys.inbox.mailing import send_case_mails
from surveys.models import CannedReply, Case, Rule, Tag
from surveys.responding import record_response
from tests.surveys.asked import ask, kate

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _clock(now):
    with time_machine.travel(now + HOUR, tick=False):
        yield


@pytest.fixture
def answer(account, campaign, now):
    def _answer(score: int, comment: str = "", **attributes) -> Case:
        number = Case.objects.count()
        contact = kate(account, f"kate{number}@example.com", user_id=f"u{number}")
        contact.attributes = attributes
        contact.save()
        survey = ask(contact, campaign, now)
        return record_response(survey=survey, score=score, comment=comment, now=now).case

    return _answer


@pytest.fixture
def post(alice_client):
    def _post(path: str, **data) -> str:
        answer = alice_client.post(f"/settings/inbox/{path}", data, follow=True)
        assert answer.status_code in {200, 422}, answer.status_code
        return answer.content.decode()

    return _post


def test_a_rule_tags_gives_and_tells_once_the_answer_has_settled(
    bob, answer, post, now, smtp_sink
):
    bobs = Membership.objects.get(user=bob)
    rule = {
        **{"name": "Angry gold", "is_enabled": "on", "band": "detractor"},
        **{"attribute": "plan", "value": "gold", "words": "broke, refund"},
        **{"new_tags": "Urgent, product", "assign_to": bobs.pk, "notify": bobs.pk},
    }
    assert "Saved." in post("rules/new/", **rule)
    hit, miss = answer(2, "It  BROKE", plan="gold"), answer(2, "It broke", plan="free")

    assert apply_rules(now=now + MINUTE / 2) == 0
    assert apply_rules(now=now + MINUTE) == 2
    send_case_mails(clock=lambda: now + MINUTE)

    hit.refresh_from_db()
    assert [tag.name for tag in hit.tags.all()] == ["Urgent", "product"]
    assert hit.assignee == bobs
    assert not miss.tags.exists()
    assert [(event.kind, event.about) for event in hit.events.all()] == [
        ("rule", "Angry gold"),
        ("tagged", "Urgent"),
        ("tagged", "product"),
        ("assigned", "Bob"),
        ("notified", "Bob"),
    ]
    (mail,) = smtp_sink.mails
    assert smtp_sink.recipients == ["bob@example.com"]
    assert f"/responses/{hit.pk}/" in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"

    survey = hit.response.survey
    record_response(survey=survey, score=1, comment="It broke again", now=now + HOUR)
    assert apply_rules(now=now + HOUR + MINUTE) == 1
    assert hit.events.filter(kind="rule").count() == 1, "each rule once for each case"


def test_a_rules_words_are_found_in_any_capitals(account, answer, now):
    rule = Rule.objects.create(account=account, name="All", words="iade, GRÖSSE, café")
    rule.add_tags.add(Tag.objects.create(account=account, name="Hit"))
    cases = [answer(2, each) for each in ("İade süreci", "Falsche Größe", "Cafe\u0301")]
    miss = answer(2, "Anders")

    apply_rules(now=now + MINUTE)

    assert all(case.tags.exists() for case in cases)
    assert not miss.tags.exists()


def test_what_is_missing_is_said_in_our_words(account, post):
    tag = Tag.objects.create(account=account, name="urgent")
    for path, sentences in {
        "rules/new/": ["Give the rule a name."],
        "replies/new/": ["Give the reply a name.", "Enter the text of the reply."],
        f"tags/{tag.pk}/": ["Give the tag a name."],
    }.items():
        page = post(path, name="", text="", act="rename")
        assert all(sentence in page for sentence in sentences), path
        assert "This field is required" not in page


def test_rules_go_by_their_order_and_may_be_switched_off(account, alice, answer, post, now):
    seen = Tag.objects.create(account=account, name="Seen")
    second = Rule.objects.create(account=account, name="Second", position=0, if_tag=seen)
    second.add_tags.add(Tag.objects.create(account=account, name="Then"))
    first = Rule.objects.create(account=account, name="First", position=1)
    first.add_tags.add(seen)
    off = Rule.objects.create(account=account, name="Off", position=2)
    off.assign_to = Membership.objects.get(user=alice)
    off.save()
    post(f"rules/{first.pk}/act/", act="up")
    for _ in range(2):
        # The second from a page that was opened before the first.
        post(f"rules/{off.pk}/act/", act="off")

    case = answer(9)
    apply_rules(now=now + MINUTE)

    assert {tag.name for tag in case.tags.all()} == {"Seen", "Then"}
    case.refresh_from_db()
    assert case.assignee is None
    post(f"rules/{second.pk}/act/", act="delete")
    assert [rule.name for rule in Rule.objects.all()] == ["First", "Off"]


def test_a_rule_is_tried_on_the_last_hundred_and_saved_by_nobody(answer, post):
    for score in (1, 2, 9):
        answer(score)
    words = post("rules/new/", name="Sad", band="detractor", new_tags="sad", act="try")
    assert "It would have matched 2 of the last 3 answers." in words
    assert not Rule.objects.exists()
    assert not Tag.objects.exists()
    assert "at least one thing" in post("rules/new/", name="Idle", band="detractor")


def test_a_ready_reply_is_filled_for_the_person(alice_client, account, answer, post):
    text = 'Hello {{ contact.first_name|default:"there" }},\nthank you.'
    assert "Nothing is known by" in post("replies/new/", name="Bad", text="{{ nothing }}")
    post("replies/new/", name="Thanks", text=text)
    ready = CannedReply.objects.get()
    case = answer(9)

    path = f"/responses/{case.pk}/reply/"
    chosen = {"take": "yes", "canned": ready.pk, "text": "What was typed stays.\n"}
    page = alice_client.post(path, chosen).content.decode()

    assert "What was typed stays.\n\nHello Kate,\nthank you.</textarea>" in page
    assert not case.events.exists()
    assert "There is a reply with this name" in post(
        "replies/new/", name="Thanks", text="x"
    )
    assert "is deleted" in post(f"replies/{ready.pk}/", act="delete")


def test_tags_are_renamed_merged_and_deleted(account, answer, post):
    late, delay = (Tag.objects.create(account=account, name=n) for n in ("Late", "Delay"))
    rule = Rule.objects.create(account=account, name="Both", if_tag=late)
    rule.add_tags.set([late, delay])
    one, both = answer(1), answer(2)
    one.tags.add(late)
    both.tags.add(late, delay)

    assert "There is a tag with this name" in post(
        f"tags/{late.pk}/", act="rename", name="delay"
    )
    assert "A rule asks for this tag: “Both”" in post(f"tags/{late.pk}/", act="delete")
    assert "(1 more answer)" in post(f"tags/{late.pk}/", act="merge", into=delay.pk)
    post(f"tags/{delay.pk}/", act="rename", name=" Delivery  time")

    rule.refresh_from_db()
    assert (rule.if_tag, list(rule.add_tags.all())) == (delay, [delay])
    assert delay.cases.count() == 2
    rule.delete()
    post(f"tags/{delay.pk}/", act="delete")
    assert Case.objects.count() == 2
    logged = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(logged) == ["inbox.tag_merged", "inbox.tag_renamed", "inbox.tag_deleted"]


def test_viewers_see_how_it_works_and_change_nothing(alice, alice_client, account):
    Rule.objects.create(account=account, name="Angry", band="detractor")
    Membership.objects.filter(user=alice).update(role="viewer")
    page = alice_client.get("/settings/inbox/").content.decode()
    assert "If a detractor answers" in page
    assert '<button class="button button-small"' not in page
