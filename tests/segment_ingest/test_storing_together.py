"""What requests of one moment share a commit ends as if they had come one by one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from promoter.accounts.models import Account, ApiKey
from segment_ingest import inbox
from segment_ingest.inbox import Stored, Wish
from segment_ingest.models import DailyUsage, SegmentMessage
from segment_ingest.wire import Event, read_events


def events(*message_ids: str, at: datetime) -> list[Event]:
    batch = [
        {"type": "track", "event": "e", "userId": "u", "messageId": each}
        for each in message_ids
    ]
    return read_events({"batch": batch}, call="batch", received_at=at).events


def outcome(stored: Stored | Exception) -> tuple[object, ...]:
    assert isinstance(stored, Stored)
    over = [event.message_id for event in stored.over_quota]
    return stored.accepted, stored.duplicates, over, stored.waiting, stored.is_full


@pytest.mark.usefixtures("either_door")
def test_a_revoked_key_is_dead_at_once(segment, messages, usage, now):
    segment.track(messageId="1")
    ApiKey.objects.update(revoked_at=now)
    for _ in range(2):
        assert segment.track(messageId="2").status_code == 401
    assert messages.count() == usage()["accepted"] == 1
    assert usage()["rejected"] == 0


@pytest.mark.usefixtures("either_door")
def test_a_suspended_account_is_refused_at_once_and_let_in_at_once(
    segment, account, messages, now
):
    def suspended_at(moment: datetime | None, message_id: str) -> int:
        Account.objects.filter(pk=account.pk).update(suspended_at=moment)
        return segment.track(messageId=message_id).status_code

    assert suspended_at(None, "1") == 200
    assert suspended_at(now, "2") == suspended_at(now, "3") == 403
    assert suspended_at(None, "4") == 200
    assert [each.message_id for each in messages] == ["1", "4"]


@pytest.mark.usefixtures("either_door")
def test_a_changed_limit_counts_at_once(segment, account, usage):
    def limited(events: int, message_ids: str) -> list[int]:
        Account.objects.filter(pk=account.pk).update(daily_event_limit=events)
        return [segment.track(messageId=each).status_code for each in message_ids]

    assert limited(1, "abc") == [200, 429, 429]
    assert limited(2, "bc") == [200, 429]
    assert limited(1, "c") == [429]
    assert (usage()["accepted"], usage()["refused"]) == (2, 4)


def test_a_group_ends_as_one_after_the_other_would(account, other_account, now):
    """On a day's first messages (the long way) and on its next (the short one)."""
    gone, key = (
        ApiKey.objects.issue(account=account, name=name, now=now)[0] for name in ("g", "k")
    )
    gone.revoke(now=now)
    tight = Account.objects.create(name="Tight", daily_event_limit=3)
    tomorrow = now + timedelta(days=1)

    def group(turn: str) -> list[Wish]:
        def ids(text: str, at: datetime = now) -> list[Event]:
            return events(*(each + turn for each in text.split()), at=at)

        return [
            Wish(account.pk, now, ids("a b a"), key_id=key.pk, rejected=2),
            Wish(other_account.pk, now, ids("a"), may_trigger=False),
            Wish(account.pk, now, ids("b c"), key_id=key.pk),
            Wish(account.pk, now, ids("d"), key_id=gone.pk, rejected=1),
            Wish(tight.pk, now, ids("x y")),
            Wish(tight.pk, now, ids("y z v w")),
            Wish(account.pk, tomorrow, ids("c e", tomorrow)),
        ]

    one, two, three, four, five, six, seven = inbox._store_all(group("1"))
    assert outcome(one) == (2, 1, [], 2, False)
    assert outcome(two) == (1, 0, [], 0, False)
    assert outcome(three) == (1, 1, [], 1, False)
    assert not four.is_known
    assert outcome(five) == (2, 0, [], 2, True)
    assert outcome(six) == (1, 1, ["v1", "w1"], 1, True)
    assert outcome(seven) == (1, 1, [], 1, False)

    again = inbox._store_all(group("2"))
    assert outcome(again[0]) == outcome(one)
    assert outcome(again[2]) == outcome(three)
    assert not again[3].is_known
    assert outcome(again[4]) == (0, 0, ["x2", "y2"], 0, True)
    assert outcome(again[5]) == (0, 1, ["z2", "v2", "w2"], 0, True)
    assert outcome(again[6]) == outcome(seven)

    def counts(of: Account, at: datetime) -> tuple[int, ...]:
        usage = DailyUsage.objects.get(account=of, day=at.date())
        return usage.accepted, usage.duplicates, usage.rejected, usage.refused

    assert counts(account, now) == (6, 4, 4, 0)
    assert counts(account, tomorrow) == (2, 2, 0, 0)
    assert counts(other_account, now) == (2, 0, 0, 0)
    assert counts(tight, now) == (3, 2, 0, 7)
    order = SegmentMessage.objects.filter(account=account).order_by("pk")
    stored = [each.message_id for each in order]
    assert sorted(stored) == sorted(f"{name}{turn}" for name in "abce" for turn in "12")
    assert stored[:3] == ["a1", "b1", "c1"]


@pytest.mark.django_db(transaction=True)
def test_one_that_cannot_be_stored_costs_the_others_nothing(account, other_account, now):
    for turn in "12":
        good, bad, better = inbox._store_all(
            [
                Wish(account.pk, now, events(f"a{turn}", at=now)),
                # A count below 0 is what both databases refuse.
                Wish(other_account.pk, now, events(f"b{turn}", at=now), rejected=-1),
                Wish(account.pk, now, events(f"c{turn}", at=now)),
            ]
        )
        assert isinstance(bad, Exception)
        assert outcome(good) == outcome(better) == (1, 0, [], 1, False)
    assert SegmentMessage.objects.count() == 4
    assert DailyUsage.objects.get(account=account).accepted == 4


def test_what_comes_for_an_account_that_is_gone_is_unknown(account, now):
    gone = Wish(account.pk + 1_000, now, events("a", at=now))
    nobodys, ours = inbox._store_all([gone, Wish(account.pk, now, events("a", at=now))])
    assert not nobodys.is_known
    assert outcome(ours) == (1, 0, [], 1, False)
