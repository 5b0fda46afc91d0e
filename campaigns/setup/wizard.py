"""The setup of a campaign as data: its steps in order, and how far a draft has come.

The draft itself is a row in the database: whoever leaves goes on from another device.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.forms import EventForm, KindForm, StepForm, TemplateForm
from campaigns.kinds import Kind
from campaigns.models import Campaign
from campaigns.setup.delivery import DeliveryForm
from campaigns.setup.extras import OptionsForm
from campaigns.setup.in_place import ListForm, ThrottleForm
from campaigns.setup.when import WhenForm
from promoter.accounts.access import for_account, hold


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the setup.

    `kinds` are the kinds of campaign that have it. `filled` are the columns without which
    the step isn't done, though it was saved once. `effect` says what a change means for
    a campaign that was activated. One that is `is_optional` may be passed by.
    """

    key: str
    title: str | Promise
    form: type[StepForm] | None = None
    kinds: tuple[Kind, ...] = Campaign.ASKING_KINDS
    filled: tuple[str, ...] = ()
    effect: str | Promise = ""
    is_optional: bool = False

    @property
    def template(self) -> str:
        return f"campaigns/wizard/{self.key}.html"

    def title_for(self, campaign: Campaign) -> str:
        """Once activated there is nothing left to review: it becomes the overview."""
        if not campaign.is_draft and self.form is None:
            return gettext("Overview")
        return str(self.title)


STEPS = (
    Step(
        key="kind",
        title=_("Kind and name"),
        form=KindForm,
        filled=("name",),
        effect=_("The name is for your team only; nobody who is asked sees it."),
    ),
    Step(
        key="template",
        title=_("Email template"),
        form=TemplateForm,
        filled=("email_template_id",),
        effect=_(
            "Mail that was sent stays as it is, and so do the survey and thank-you "
            "pages behind it. Whatever is sent from now on, survey or reminder, uses the "
            "template chosen here."
        ),
    ),
    Step(
        key="list",
        title=_("Contact list"),
        form=ListForm,
        filled=("contact_list_id",),
        effect=_(
            "Contacts surveyed from now on are added to the list chosen here. Who was "
            "added to the other one stays there."
        ),
    ),
    Step(
        key="when",
        title=_("When"),
        form=WhenForm,
        kinds=Campaign.LIST_KINDS,
        effect=_("What is changed here holds for who hasn’t been scheduled yet."),
    ),
    Step(
        key="delivery",
        title=_("Delivery"),
        form=DeliveryForm,
        effect=_(
            "What is changed here counts from now on: surveys that are scheduled keep "
            "their day, and the reminder follows mail that is sent after the change."
        ),
    ),
    Step(
        key="throttle",
        title=_("Throttle and forwarding"),
        form=ThrottleForm,
        effect=_(
            "The throttle counts from now on, also for surveys that are scheduled: each "
            "is checked once more when its day comes. Answers are forwarded as it says "
            "here from now on."
        ),
    ),
    Step(
        key="event",
        title=_("Trigger event"),
        form=EventForm,
        kinds=(Kind.SEGMENT,),
        filled=("event_name",),
        effect=_(
            "No event has matched yet, so the name may still change. From the first "
            "match on it is fixed."
        ),
    ),
    Step(
        key="options",
        title=_("Options"),
        form=OptionsForm,
        kinds=(Kind.SEGMENT,),
        effect=_(
            "Counts for events from now on. Surveys that are scheduled stay, unless the "
            "event that withdraws them comes."
        ),
        is_optional=True,
    ),
    Step(key="review", title=_("Review")),
)
BY_KEY = {step.key: step for step in STEPS}
FIRST, REVIEW = STEPS[0], STEPS[-1]


def steps_of(campaign: Campaign) -> list[Step]:
    """Those that a campaign of its kind has, in order; each needs all before it."""
    return [step for step in STEPS if campaign.kind in step.kinds]


class State(StrEnum):
    DONE = "done"
    CURRENT = "current"
    TODO = "todo"


@dataclass(frozen=True, slots=True)
class Mark:
    """One entry of the list that shows how far the setup has come."""

    step: Step
    state: State
    is_open: bool


@dataclass(frozen=True, slots=True)
class Wizard:
    """How far one campaign's setup has come."""

    campaign: Campaign

    def is_done(self, step: Step) -> bool:
        if step is REVIEW:
            return not self.campaign.is_draft
        saved = not self.campaign.is_draft or step.key in self.campaign.setup_steps
        return saved and all(getattr(self.campaign, column) for column in step.filled)

    def is_open(self, step: Step) -> bool:
        """Whether all that must come before it is done."""
        steps = steps_of(self.campaign)
        return step in steps and all(
            each.is_optional or self.is_done(each) for each in steps[: steps.index(step)]
        )

    def unfinished(self) -> list[Step]:
        return [
            step
            for step in steps_of(self.campaign)
            if not (step.is_optional or self.is_done(step))
        ]

    def here(self) -> Step:
        """Where to go on: the first step that isn't done, at last the review."""
        return next(iter(self.unfinished()), REVIEW)

    def marks(self, current: Step) -> Iterator[Mark]:
        for step in steps_of(self.campaign):
            done = self.is_done(step)
            state = State.CURRENT if step is current else State.DONE if done else State.TODO
            yield Mark(step, state, self.is_open(step))


def before(step: Step, *, campaign: Campaign) -> Step | None:
    steps = steps_of(campaign)
    return None if step is FIRST else steps[steps.index(step) - 1]


def after(step: Step, *, campaign: Campaign) -> Step:
    steps = steps_of(campaign)
    return steps[min(steps.index(step) + 1, len(steps) - 1)]


def mark_saved(*, campaign: Campaign, step: Step) -> None:
    """Note that the step was saved. Call it while holding the account."""
    if step.key not in campaign.setup_steps:
        campaign.setup_steps = [*campaign.setup_steps, step.key]
        campaign.save(update_fields=["setup_steps"])


@transaction.atomic
def duplicate(*, campaign: Campaign) -> Campaign:
    """A draft with the same settings under a new name; nothing that happened is copied."""
    hold(campaign.account)
    return Campaign.objects.create(
        account=campaign.account,
        kind=campaign.kind,
        name=_free_name(campaign),
        email_template_id=campaign.email_template_id,
        contact_list_id=campaign.contact_list_id,
        throttle_id=campaign.throttle_id,
        event_name=campaign.event_name,
        delivery_delay=campaign.delivery_delay,
        reminder_after=campaign.reminder_after,
        send_days=campaign.send_days,
        send_from=campaign.send_from,
        send_until=campaign.send_until,
        forward_to=campaign.forward_to,
        forward_when=campaign.forward_when,
        hold_hours=campaign.hold_hours,
        sample_percent=campaign.sample_percent,
        conditions=campaign.conditions,
        cancel_event=campaign.cancel_event,
        spread_days=campaign.spread_days,
        repeat_days=campaign.repeat_days,
        setup_steps=[
            step.key
            for step in steps_of(campaign)
            # A date that has passed is no date: when to ask is chosen anew.
            if step is not BY_KEY["when"] and Wizard(campaign).is_done(step)
        ],
    )


def _free_name(campaign: Campaign) -> str:
    """`Copy of NAME`, numbered when taken, within the column's length."""
    base = gettext("Copy of %(name)s") % {"name": campaign.name}
    taken = {
        name.casefold()
        for name in for_account(Campaign, campaign.account)
        .filter(name__istartswith=base[:100])
        .values_list("name", flat=True)
    }
    longest = 120
    name, number = base[:longest], 1
    while name.casefold() in taken:
        number += 1
        tail = f" ({number})"
        name = base[: longest - len(tail)] + tail
    return name
