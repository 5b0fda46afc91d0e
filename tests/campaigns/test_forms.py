"""What the setup's forms write, and what they leave alone."""

from __future__ import annotations

import pytest

from campaigns.forms import EventForm, TemplateForm
from campaigns.models import Campaign, EmailTemplate, Throttle
from campaigns.setup.delivery import DeliveryForm
from campaigns.setup.in_place import ListForm, ThrottleForm
from contacts.models import Contact, ContactList, ContactListMembership

pytestmark = pytest.mark.django_db


def stored(form) -> Campaign:
    assert form.is_valid(), form.errors
    return form.store()


def test_a_step_writes_its_own_columns_only(account, campaign):
    stale = Campaign.objects.get()
    Campaign.objects.update(name="Renamed meanwhile")
    stored(
        DeliveryForm(
            {"delivery_delay": "9", "reminder": "none"}, instance=stale, account=account
        )
    )
    campaign.refresh_from_db()
    assert (campaign.name, campaign.delivery_delay) == ("Renamed meanwhile", 9)


@pytest.mark.parametrize(
    ("saved", "shown"), [(None, "none"), (3, "3"), (7, "7"), (10, "own")]
)
def test_the_reminder_is_shown_as_it_was_chosen(account, campaign, saved, shown):
    campaign.reminder_after = saved
    form = DeliveryForm(instance=campaign, account=account)
    assert form["reminder"].value() == shown
    assert form["reminder_days"].value() == (saved if shown == "own" else None)


def test_the_only_template_is_chosen_beforehand(account, template):
    form = TemplateForm(instance=Campaign(account=account), account=account)
    assert form.chosen == template


def test_among_several_templates_none_is_chosen_beforehand(account, template):
    EmailTemplate.objects.create(account=account, name="Second", subject="s", brand="b")
    form = TemplateForm(instance=Campaign(account=account), account=account)
    assert form.chosen is None


def test_the_first_list_is_suggested_by_its_name(account):
    form = ListForm(instance=Campaign(account=account), account=account)
    assert form["choice"].value() == "new"
    assert form["new_name"].value() == "Segment List"


def test_a_suggested_name_that_is_taken_is_not_suggested(account, campaign):
    form = ListForm(instance=campaign, account=account)
    assert form["choice"].value() == str(campaign.contact_list_id)
    assert form["new_name"].value() == ""


def test_lists_say_how_many_contacts_they_have(account, campaign):
    full = ContactList.objects.create(account=account, name="A full one")
    for number in range(2):
        contact = Contact.objects.create(account=account, user_id=f"u{number}")
        ContactListMembership.objects.create(contact=contact, contact_list=full)
    hints = [hint for _, hint in ListForm(instance=campaign, account=account).options()]
    assert hints == ["2 contacts", "Empty", ""]


def test_a_new_throttle_does_not_take_the_name_of_another(account):
    Throttle.objects.create(account=account, name="30 days, all campaigns", days=5)
    made = Throttle.objects.of(account=account, days=30, scope=Throttle.Scope.ACCOUNT)
    assert made.name == "30 days, all campaigns (2)"


def test_a_named_throttle_shows_its_rule(account, campaign):
    Throttle.objects.create(account=account, name="Gentle", days=1, scope="campaign")
    options = ThrottleForm(instance=campaign, account=account).options()
    assert [hint for _, hint in options] == ["", "1 day, same campaign", ""]


@pytest.mark.parametrize("typed", [" E", "E ", "\tE\n", "\u00a0E"])
def test_blanks_of_every_kind_around_an_event_are_dropped(account, typed):
    form = EventForm({"event_name": typed}, instance=Campaign(), account=account)
    assert form.is_valid()
    assert form.cleaned_data["event_name"] == "E"
    assert form.was_trimmed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", []),
        ("a@example.com", ["a@example.com"]),
        ("a@example.com, b@example.com;c@example.com\n", ["a@", "b@", "c@"]),
        ("A@Example.com a@example.com", ["A@example.com"]),
    ],
)
def test_forwarding_addresses_stand_apart_by_anything(campaign, account, typed, kept):
    form = forwarding_form(campaign, account, typed)
    assert form.is_valid(), form.errors
    stored = form.store().forward_to
    assert len(stored) == len(kept)
    assert all(one.startswith(start) for one, start in zip(stored, kept, strict=True))


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("a@example.com nonsense", "“nonsense” is not an email address."),
        (" ".join(f"a{n}@example.com" for n in range(11)), "At most 10 addresses."),
    ],
)
def test_a_wrong_forwarding_address_is_named(campaign, account, typed, error):
    form = forwarding_form(campaign, account, typed)
    assert form.errors["forward_to"] == [error]


def forwarding_form(campaign, account, typed: str) -> ThrottleForm:
    filled = {"choice": "none", "forward_to": typed}
    return ThrottleForm(filled, instance=campaign, account=account)
