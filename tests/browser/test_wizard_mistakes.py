"""What is wrong in the setup of a campaign, and in a template, is said where it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django import forms
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import Campaign, EmailTemplate
from campaigns.setup.wizard import STEPS, duplicate
from campaigns.template_forms import EmailTemplateForm
from contacts.models import ContactList

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Step -> the field by its label, what is entered, and what is said of it.
MISTAKES = {
    "kind": [
        ("Name of the campaign", "", "Give the campaign a name."),
        ("Name of the campaign", "TAKEN", "There is a campaign called “TAKEN” already."),
    ],
    "list": [
        ("Name of the new list", "", "Give the new list a name."),
        ("Name of the new list", "newsletter", "There is a list called “newsletter”"),
    ],
    "when": [
        ("Date and time", "", "Enter a date and a time."),
        ("Days", "", "Enter a number of days."),
        ("Days", "0", "At least 1 day."),
        ("Days", "1000", "At most 365 days."),
        ("Ask again every so many days", "", "Enter a number of days."),
        ("Ask again every so many days", "1", "At least 30 days."),
        ("Ask again every so many days", "9999", "At most 365 days."),
    ],
    "delivery": [
        ("Delivery delay, in days", "", "Enter a number of days; 0 sends at once."),
        ("Delivery delay, in days", "-1", "Days can't be negative; 0 sends at once."),
        ("Delivery delay, in days", "366", "At most 365 days."),
        ("Delivery delay, in days", "1.5", "Enter a whole number of days"),
        ("Until", "", "Enter when it ends"),
        ("Until", "09:00", "It ends when it begins."),
        ("From", "", "Enter when it begins"),
        ("Days until the reminder", "", "Enter a number of days."),
        ("Days until the reminder", "0", "one day after the mail at the earliest"),
        ("Days until the reminder", "61", "At most 60 days."),
    ],
    "throttle": [
        ("Days between two surveys", "", "Enter a number of days."),
        ("Days between two surveys", "0", "At least 1 day."),
        ("Days between two surveys", "366", "At most 365 days."),
        ("Days it may wait", "31", "At most 30 days."),
        ("Days it may wait", "", "Enter a number of days."),
        ("Forwarding email", "team", "“team” is not an email address."),
    ],
    "event": [
        ("Name of the track event", " ", "Enter the name of the track event."),
    ],
    "options": [
        ("Condition 1: name", "", "Enter the name of a property or an attribute."),
        ("Condition 1: value", "", "Enter what to compare with."),
        ("Condition 1: value", "much", "Enter a number, for example 100 or 49.90."),
        ("Share of the events", "0", "At least 1 per cent."),
        ("Share of the events", "", "Enter a percentage"),
        ("Hours to wait for the identify", "25", "At most 24 hours."),
        ("Event that withdraws", "Order Completed", "This event starts the campaign’s"),
    ],
}


# Labels that others contain.
EXACT = {"Date and time", "Days", "From", "Until"}


def _when(page: Page) -> None:
    page.get_by_label("At a date and time").check()
    page.get_by_label("Evenly over several days").check()
    later = timezone.now() + timedelta(days=30)
    page.get_by_label("Date and time", exact=True).fill(f"{later:%Y-%m-%dT09:00}")
    page.get_by_label("Days", exact=True).fill("5")


def _delivery(page: Page) -> None:
    page.get_by_label("After another number of days").check()
    page.get_by_text("Only at certain times").click()
    page.get_by_label("From", exact=True).fill("09:00")
    page.get_by_label("Until", exact=True).fill("17:00")


def _throttle(page: Page) -> None:
    page.get_by_label("Create a new throttle").check()
    page.get_by_label("Let it wait for their turn").check()


def _options(page: Page) -> None:
    page.get_by_label("Condition 1: name").fill("plan")
    page.get_by_label("Condition 1: comparison").select_option("is at least")
    page.get_by_label("Condition 1: value").fill("5")


# What must be chosen before the step's fields are asked for.
CHOSEN: dict[str, Callable[[Page], None]] = {
    "list": lambda page: page.get_by_label("Create a new list").check(),
    "when": _when,
    "delivery": _delivery,
    "throttle": _throttle,
    "options": _options,
}
# The same of a template; what stands in MISTAKES by labels, here by the fields' names.
OF_A_TEMPLATE = [
    ("name", "", "Give the template a name."),
    ("name", "second", "There is a template called “second” already."),
    ("brand", "", "Enter what the question asks about."),
    ("brand", "{{ brand }}", "No placeholder can stand here"),
    ("reply_to", "team", "Enter one address, for example team@example.com."),
    ("accent", "", "Enter a colour, for example #0f766e."),
    ("accent", "sea", "Enter a colour as # and six digits"),
    ("from_name", "{{ us }}", "{{ us }} is no placeholder."),
    ("subject", "", "Enter a subject."),
    ("subject", "{{ contact.nam }}", "Did you mean contact.name?"),
    ("preheader", "{{ x }}", "{{ x }} is no placeholder."),
    ("intro", "{{ attribute.plan }}", "plan"),
    ("thank_you", "{{ contact.e }}", "{{ contact.e }} is no placeholder."),
    ("promoter_thanks", "{{ a }}", "{{ a }} is no placeholder."),
    ("promoter_link_label", "Review us", "Enter the address that the link leads to."),
    ("promoter_link_url", "https://elsewhere.example/", "are not allowed yet"),
    ("passive_thanks", "{{ a }}", "{{ a }} is no placeholder."),
    ("passive_link_label", "Review us", "Enter the address that the link leads to."),
    ("passive_link_url", "review", "Enter a whole address"),
    ("detractor_thanks", "{{ a }}", "{{ a }} is no placeholder."),
    ("detractor_link_label", "Call us", "Enter the address that the link leads to."),
    ("detractor_link_url", "ftp://elsewhere.example", "Enter a whole address"),
    ("reminder_subject", "{{ a }}", "{{ a }} is no placeholder."),
    ("reminder_intro", "{{ a }}", "{{ a }} is no placeholder."),
]


def test_every_field_that_is_typed_has_its_mistake_below(account, campaign):
    """What is chosen among what is offered can't be chosen wrongly."""
    missing = []
    for step in (step for step in STEPS if step.form):
        kind = "recurring" if step.key == "when" else "segment"
        form = step.form(instance=Campaign(account=account, kind=kind), account=account)
        labels = [label for label, _, _ in MISTAKES.get(step.key, [])]
        missing += [
            f"{step.key}: {field.label}"
            for field in form.fields.values()
            if not isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
            and not any(str(field.label).startswith(label) for label in labels)
        ]
    told = {name for name, _, _ in OF_A_TEMPLATE} | {"logo_file", "logo_remove"}
    missing += [
        f"template: {name}"
        for name, field in EmailTemplateForm.base_fields.items()
        if not isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
        and name not in told
    ]
    assert missing == []


def refused(page: Page, button: str, field, wrong: str, words: str, *, at=None) -> None:
    """Said in the summary, which has the focus and leads to the field, and at the field
    (`at` is the other one that it takes); what was typed is still there."""
    right = field.input_value()
    field.fill(wrong)
    page.get_by_role("button", name=button).first.click()
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(words)
    expect(page.locator(".field-error")).to_contain_text([words])
    summary.get_by_role("link").first.click()
    expect(at or field).to_be_focused()
    expect(at or field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value(wrong)
    field.fill(right or "5")


def test_every_mistake_of_the_setup_is_said_at_its_field_and_in_the_summary(
    alice, account, campaign, template, sign_in, assert_accessible
):
    Campaign.objects.create(account=account, name="Taken")
    ContactList.objects.create(account=account, name="Newsletter")
    drafts = {"when": duplicate(campaign=campaign)}
    Campaign.objects.update(kind="segment")
    Campaign.objects.filter(pk=drafts["when"].pk).update(kind="recurring")
    draft = duplicate(campaign=campaign)
    page = sign_in(alice)
    for step, mistakes in MISTAKES.items():
        page.goto(f"/campaigns/{drafts.get(step, draft).pk}/setup/{step}/")
        if step in CHOSEN:
            CHOSEN[step](page)
        for label, wrong, words in mistakes:
            field = page.get_by_label(label, exact=label in EXACT)
            refused(page, "Save and continue", field, wrong, words)
        if step in {"when", "delivery", "throttle", "options"}:
            assert_accessible(page)


def test_every_mistake_of_a_template_is_said_and_nothing_typed_is_lost(
    alice, account, template, sign_in, assert_accessible
):
    EmailTemplate.objects.create(account=account, name="Second", subject="s", brand="B")
    page = sign_in(alice)
    page.goto(f"/campaigns/templates/{template.pk}/")
    folded = page.locator("main details:not([open]) > summary")
    for name, wrong, words in OF_A_TEMPLATE:
        while folded.count():
            folded.first.click()
        field = page.locator(f"[name={name}]")
        before = field.input_value()
        url = page.locator(f"[name={name.replace('_label', '_url')}]")
        if name.endswith("_url"):
            page.locator(f"[name={name.replace('_url', '_label')}]").fill("More")
        refused(page, "Save", field, wrong, words, at=url)
        field.fill(before)
        if name.endswith("_url"):
            page.locator(f"[name={name.replace('_url', '_label')}]").fill("")
    assert_accessible(page)
    page.locator("[name=logo_file]").set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    page.locator("[name=intro]").fill("Hello again")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator(".field-error")).to_have_count(1)
    expect(page.locator("[name=intro]")).to_have_value("Hello again")
    template.refresh_from_db()
    assert template.intro != "Hello again"
