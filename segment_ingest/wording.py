"""What became of a message, in words, with the facts: pure, one rule a verdict.

The badge says it in three words (`Scheduled for 3 Dec`), the sentence says why, and what
to do when something can be done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.lib.labels import in_sentence, quoted
from segment_ingest.models import SegmentMessage

Verdict = SegmentMessage.Verdict
AGAIN_FROM = _(
    "The last survey is too short a time ago. The same event asks again %(moment)s."
)
AGAIN_SINCE = _("Asked too recently then; free again since %(moment)s.")


MOMENT = "%(moment)s"


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
    sentence = str(SENTENCES.get(verdict, ""))
    return Words(str(verdict.label), before=joined(facts.detail, sentence))


def joined(*sentences: str) -> str:
    """The sentences that there are, each with a full stop."""
    return " ".join(
        each if each.endswith((".", "!", "?")) else f"{each}." for each in sentences if each
    )


def _scheduled(facts: Facts) -> Words | None:
    if facts.due_at is None:
        return None
    if facts.not_asked:
        words = joined(
            facts.detail,
            gettext("No mail went out: %(reason)s")
            % {"reason": in_sentence(facts.not_asked)},
        )
        return Words(gettext("Scheduled, then stopped"), before=words)
    if facts.asked_at is not None:
        sentence = gettext("The mail went out %(moment)s.")
        return _around(gettext("Asked on"), facts.asked_at, facts, sentence, facts.asked_at)
    sentence = gettext("The mail is due %(moment)s.")
    return _around(gettext("Scheduled for"), facts.due_at, facts, sentence, facts.due_at)


def _throttled(facts: Facts) -> Words | None:
    if facts.free_at is None:
        return None
    if facts.free_at <= facts.now:
        label, sentence = gettext("Not asked before"), str(AGAIN_SINCE)
    else:
        label, sentence = gettext("Not asked again before"), str(AGAIN_FROM)
    return _around(label, facts.free_at, facts, sentence, facts.free_at)


def _no_campaign(facts: Facts) -> Words:
    label = str(Verdict.NO_CAMPAIGN.label)
    name = quoted(facts.event)
    if facts.listens:
        text = gettext("Nobody listened to %(event)s then; %(campaign)s does now.") % {
            "event": name,
            "campaign": quoted(facts.listens),
        }
    elif facts.paused:
        text = gettext("%(campaign)s listens to %(event)s, and is paused.") % {
            "campaign": quoted(facts.paused),
            "event": name,
        }
    elif facts.meant:
        text = gettext(
            "No campaign listens to %(event)s; did you mean %(meant)s? %(campaign)s waits "
            "for that, to the letter."
        ) % {
            "event": name,
            "meant": quoted(facts.meant),
            "campaign": quoted(facts.meant_by),
        }
    else:
        text = gettext("No live campaign listens to %(event)s.") % {"event": name}
    return Words(label, before=joined(facts.detail, text))


def _not_identified(facts: Facts) -> Words:
    text = gettext(
        "No identify call with the userId %(user_id)s came before it, so there was "
        "nobody to ask."
    ) % {"user_id": quoted(facts.user_id)}
    return Words(gettext("Not identified"), before=joined(facts.detail, text))


def _late(facts: Facts) -> Words:
    hours = round(facts.max_age / timedelta(hours=1))
    sentence = gettext(
        "It happened %(moment)s; what arrives more than %(hours)s hours later asks nobody."
    ) % {"hours": hours, "moment": MOMENT}
    return _around(gettext("Late"), None, facts, sentence, facts.happened_at)


def _held(facts: Facts) -> Words | None:
    if facts.held_until is None:
        return None
    sentence = gettext("An identify brings its survey, until %(moment)s.")
    return _around(gettext("Waiting for identify"), None, facts, sentence, facts.held_until)


def _suppressed(facts: Facts) -> Words:
    reason = in_sentence(facts.suppressed_for)
    text = (
        gettext("The address is on the list of those not mailed: %(reason)s.")
        % {"reason": reason}
        if reason
        else ""
    )
    return Words(str(Verdict.SUPPRESSED.label), before=joined(facts.detail, text))


def _ignored(facts: Facts) -> Words:
    text = (
        ""
        if facts.detail
        else gettext("Calls of the type %(type)s change nothing here.")
        % {"type": facts.type}
    )
    return Words(str(Verdict.IGNORED.label), before=joined(facts.detail, text))


def _around(
    label: str, at: datetime | None, facts: Facts, sentence: str, moment: datetime
) -> Words:
    """The sentence cut where its moment goes, after what processing wrote."""
    before, _, after = sentence.partition(MOMENT)
    said = " ".join(part for part in (joined(facts.detail), before.strip()) if part)
    return Words(label, at, said, moment, after)


SENTENCES = {
    Verdict.NO_USER_ID: _(
        "Without a userId we can’t tell who it is, so nothing was kept of the person."
    ),
    Verdict.NO_ADDRESS: _("Send the address with identify, as the trait “email”."),
    Verdict.BURST: _("Many more surveys than usual were about to go out."),
    Verdict.FAILED: _("Show this message to whoever runs this installation."),
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
    "over_quota": _("Over quota"),
    "bad_signature": _("Signature failed"),
    "no_signature": _("Signature missing"),
    "bad_json": _("No valid JSON"),
    "bad_gzip": _("No valid gzip"),
    "bad_shape": _("Not a Segment call"),
    "not_utf8": _("Not UTF-8"),
    "too_deep": _("Nested too deeply"),
    "bad_event": _("No event name"),
    "bad_user_id": _("Unusable userId"),
    "no_user_id": _("No userId"),
    "unknown_type": _("Unknown type of call"),
}


def refusal_label(code: str) -> str:
    """`signature_failed` -> `Signature failed`, where no better words are known."""
    return str(REFUSALS.get(code, "")) or code.replace("_", " ").capitalize()
