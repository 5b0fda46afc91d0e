"""What the sample account's team did about the answers: tags, notes, replies."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promoter.accounts.models import Account, Membership
from promoter.local.sample import words
from promoter.local.sample.story import DAY, SEED, Ask
from surveys.inbox.replying import quoted
from surveys.models import (
    CannedReply,
    Case,
    CaseEvent,
    CaseMail,
    Response,
    Rule,
    Tag,
)
from surveys.nps import Band

Kind = CaseEvent.Kind
SUBJECT = "Re: How likely are you to recommend us?"
# How old an answer is, in days -> how many of a hundred are closed by then; of those
# without a word there is little to do.
CLOSED = ((14, 100), (4, 62), (0, 12))
CLOSED_SILENT = ((4, 100), (1, 85), (0, 20))


@dataclass(frozen=True, slots=True)
class Act:
    """One line of a case's history, and the mail that left with it."""

    kind: Kind
    actor: Membership
    at: datetime
    about: str = ""
    text: str = ""
    mail: str = ""


def handle_cases(
    responses: Sequence[tuple[Ask, Response]], *, team: Sequence[Membership], now: datetime
) -> None:
    """A case for each answer, with all that was done about it."""
    account, dice = team[0].account, random.Random(SEED)  # noqa: S311 - a story
    tags = {name: Tag.objects.create(account=account, name=name) for name in words.THEMES}
    _ready_words(account, team)
    handled = [
        (Case(response=row, account=account, responded_at=row.responded_at), ask, row)
        for ask, row in responses
    ]
    acts: list[tuple[Case, Act]] = []
    for case, ask, _ in handled:
        done = list(_acts(dice, ask, team, now))
        acts += [(case, act) for act in done]
        case.closed_at = next((act.at for act in done if act.kind == Kind.CLOSED), None)
        given = [act for act in done if act.kind == Kind.ASSIGNED]
        case.assignee = next(
            (one for one in team if given and given[0].about == _name(one)), None
        )
    Case.objects.bulk_create(case for case, _, _ in handled)
    Case.tags.through.objects.bulk_create(
        Case.tags.through(case_id=case.pk, tag_id=tags[act.about].pk)
        for case, act in acts
        if act.kind == Kind.TAGGED
    )
    _write(acts)


def _acts(
    dice: random.Random, ask: Ask, team: Sequence[Membership], now: datetime
) -> Iterator[Act]:
    """In their order; what would lie ahead is not done yet."""
    assert ask.answered_at is not None  # noqa: S101 - the answered ones are handled
    at, age = ask.answered_at, (now - ask.answered_at) / DAY
    me, robin = team
    who = robin if dice.random() < 0.55 else me
    planned: list[Act] = []

    def then(kind: Kind, by: Membership, **more: str) -> None:
        nonlocal at
        at += timedelta(minutes=dice.randrange(15, 600))
        planned.append(Act(kind, by, at, **more))

    is_bad = ask.score < 7
    for theme in ask.themes:
        if dice.random() < 0.9:
            then(Kind.TAGGED, robin, about=theme)
    theme = ask.themes[0] if ask.themes else ""
    if theme and ask.score < 9 and dice.random() < (0.6 if is_bad else 0.3):
        then(Kind.ASSIGNED, robin if who is me else me, about=_name(who))
        if dice.random() < 0.4:
            then(Kind.NOTE, who, text=words.NOTES[theme])
        if is_bad and dice.random() < 0.55:
            then(Kind.REPLIED, who, mail=words.REPLIES[theme])
    waits = is_bad and theme and dice.random() < 0.06
    shares = CLOSED if ask.comment or is_bad else CLOSED_SILENT
    share = next(share for least, share in shares if age >= least)
    if not waits and dice.randrange(100) < share:
        then(Kind.CLOSED, who)
    return (act for act in planned if act.at < now - timedelta(minutes=1))


def _write(acts: Sequence[tuple[Case, Act]]) -> None:
    events = CaseEvent.objects.bulk_create(
        CaseEvent(
            account_id=case.account_id,
            case=case,
            kind=act.kind,
            actor=act.actor.user,
            about=act.about,
            text=act.text,
            at=act.at,
        )
        for case, act in acts
    )
    CaseMail.objects.bulk_create(
        _mail(case.response, event, act)
        for event, (case, act) in zip(events, acts, strict=True)
        if act.mail
    )


def _mail(response: Response, event: CaseEvent, act: Act) -> CaseMail:
    """One that has left long ago: nobody is mailed."""
    contact = response.contact
    assert contact is not None  # noqa: S101 - nobody of them was erased
    text = f"Hi {contact.first_name},\n\n{act.mail}\n\n{_name(act.actor)}"
    return CaseMail(
        account_id=event.account_id,
        event=event,
        kind=CaseMail.Kind.REPLY,
        status=CaseMail.Status.SENT,
        due_at=act.at,
        sent_at=act.at,
        to=[contact.email],
        from_name=f"{_name(act.actor)} ({act.actor.account.name})",
        reply_to=act.actor.user.email,
        subject=SUBJECT,
        words=text,
        text=f"{text}\n\n{quoted(response)}\n",
    )


def _ready_words(account: Account, team: Sequence[Membership]) -> None:
    CannedReply.objects.bulk_create(
        CannedReply(account=account, name=name, text=text)
        for name, text in words.CANNED.items()
    )
    Rule.objects.create(
        account=account,
        name="Detractors are Robin’s",
        band=Band.DETRACTOR,
        assign_to=team[1],
    )


def _name(member: Membership) -> str:
    return member.user.get_full_name()
