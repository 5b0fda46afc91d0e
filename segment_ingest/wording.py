"""What became of a message, in words, with the facts: pure, one rule a verdict.

The badge says it in three words (`Scheduled for 3 Dec`), the sentence says why, and what
to do when something can be done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from segment_ingest.models import SegmentMessage

Verdict = SegmentMessage.Verdict
AGAIN_FROM = "Asked too recently. The same event asks again"
AGAIN_SINCE = "Asked too recently then; free again since"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one message besides its verdict; what is not known is empty.

    `event` is the name as it was sent. `due_at`, `asked_at` and `not_asked` (why not) are
    its survey's. `free_at` is from when on the throttle lets the same event ask again.
    `listens` is the campaign that waits for this very event today, `meant` the nearest
    event that one waits for, and `meant_by` that campaign. `paused` is a campaign that
    would wait for it, were it not paused.
    """

    verdict: str
    type: str
    received_at: datetime
    happened_at: datetime
    now: datetime
    event: str = ""
    user_id: str = ""
    detail: str = ""
    due_at: datetime | None = None
    asked_at: datetime | None = None
    not_asked: str = ""
    free_at: datetime | None = None
    held_until: datetime | None = None
    suppressed_for: str = ""
    listens: str = ""
    meant: str = ""
    meant_by: str = ""
    paused: str = ""
    max_age: timedelta = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Words:
    """A badge and a sentence, each with a moment in it for the page to write.

    `label` goes before `at`; `before` and `after` go around `moment`.
    """

    label: str
    at: datetime | None = None
    before: str = ""
    moment: datetime | None = None
    after: str = ""


def words(facts: Facts) -> Words:
    """The words of a verdict. A detail that processing wrote is part of them."""
    verdict = Verdict(facts.verdict)
    rule = RULES.get(verdict)
    if rule is not None:
        found = rule(facts)
        if found is not None:
            return found
    sentence = SENTENCES.get(verdict, "")
    return Words(verdict.label, before=joined(facts.detail, sentence))


def joined(*sentences: str) -> str:
    """The sentences that there are, each with a full stop."""
    return " ".join(
        each if each.endswith((".", "!", "?")) else f"{each}." for each in sentences if each
    )


def quoted(text: str) -> str:
    return f"“{text}”"


def _scheduled(facts: Facts) -> Words | None:
    if facts.due_at is None:
        return None
    before = joined(facts.detail)
    if facts.not_asked:
        words = joined(facts.detail, f"No mail went out: {facts.not_asked.lower()}")
        return Words("Scheduled, then stopped", before=words)
    if facts.asked_at is not None:
        before = _then(before, "The mail went out")
        return Words("Asked on", facts.asked_at, before, facts.asked_at, ".")
    before = _then(before, "The mail is due")
    return Words("Scheduled for", facts.due_at, before, facts.due_at, ".")


def _throttled(facts: Facts) -> Words | None:
    if facts.free_at is None:
        return None
    is_over = facts.free_at <= facts.now
    before = _then(joined(facts.detail), AGAIN_SINCE if is_over else AGAIN_FROM)
    return Words("Throttled until", facts.free_at, before, facts.free_at, ".")


def _no_campaign(facts: Facts) -> Words:
    label = Verdict.NO_CAMPAIGN.label
    name = quoted(facts.event)
    if facts.listens:
        text = f"Nobody listened to {name} then; {quoted(facts.listens)} does now."
    elif facts.paused:
        text = f"{quoted(facts.paused)} listens to {name}, and is paused."
    elif facts.meant:
        text = (
            f"No campaign listens to {name}; did you mean {quoted(facts.meant)}? "
            f"{quoted(facts.meant_by)} waits for that, to the letter."
        )
    else:
        text = f"No live campaign listens to {name}."
    return Words(label, before=joined(facts.detail, text))


def _not_identified(facts: Facts) -> Words:
    text = (
        f"No identify call with the userId {quoted(facts.user_id)} came before it, so "
        "there was nobody to ask."
    )
    return Words("Not identified", before=joined(facts.detail, text))


def _late(facts: Facts) -> Words:
    hours = round(facts.max_age / timedelta(hours=1))
    return Words(
        "Late",
        before=_then(joined(facts.detail), "It happened"),
        moment=facts.happened_at,
        after=f"; what arrives more than {hours} hours later asks nobody.",
    )


def _held(facts: Facts) -> Words | None:
    if facts.held_until is None:
        return None
    before = _then(joined(facts.detail), "An identify brings its survey, until")
    return Words("Waiting for identify", None, before, facts.held_until, ".")


def _suppressed(facts: Facts) -> Words:
    reason = facts.suppressed_for.lower()
    text = f"The address is on the list of those not mailed: {reason}." if reason else ""
    return Words(Verdict.SUPPRESSED.label, before=joined(facts.detail, text))


def _ignored(facts: Facts) -> Words:
    text = "" if facts.detail else f"Calls of the type {facts.type} change nothing here."
    return Words(Verdict.IGNORED.label, before=joined(facts.detail, text))


def _then(before: str, sentence: str) -> str:
    return f"{before} {sentence}" if before else sentence


SENTENCES = {
    Verdict.NO_USER_ID: "Without a userId we can’t tell who it is, so nothing was kept "
    "of the person.",
    Verdict.NO_ADDRESS: "Send the address with identify, as the trait “email”.",
    Verdict.BURST: "Many more surveys than usual were about to go out.",
    Verdict.FAILED: "Show this message to whoever runs this installation.",
}
RULES: dict[str, Callable[[Facts], Words | None]] = {
    Verdict.SCHEDULED: _scheduled,
    Verdict.THROTTLED: _throttled,
    Verdict.NO_CAMPAIGN: _no_campaign,
    Verdict.NOT_IDENTIFIED: _not_identified,
    Verdict.LATE: _late,
    Verdict.HELD: _held,
    Verdict.SUPPRESSED: _suppressed,
    Verdict.IGNORED: _ignored,
}

# What was not taken at the door, by the code that the client was answered with.
REFUSALS = {
    "over_quota": "Over quota",
    "bad_signature": "Signature failed",
    "no_signature": "Signature missing",
    "bad_json": "No valid JSON",
    "bad_gzip": "No valid gzip",
    "bad_shape": "Not a Segment call",
    "not_utf8": "Not UTF-8",
    "too_deep": "Nested too deeply",
    "bad_event": "No event name",
    "bad_user_id": "Unusable userId",
    "no_user_id": "No userId",
    "unknown_type": "Unknown type of call",
}


def refusal_label(code: str) -> str:
    """`signature_failed` -> `Signature failed`, where no better words are known."""
    return REFUSALS.get(code) or code.replace("_", " ").capitalize()
