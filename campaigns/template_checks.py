"""What a template may not contain: placeholders that nothing fills, links to anywhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from campaigns.rendering import ATTRIBUTE, KNOWN, Placeholder, parse, unknown_placeholders
from contacts.attributes import means_a_column
from contacts.models import Attribute, Contact
from promoter.accounts.access import for_account
from promoter.accounts.links import host_of, is_allowed
from promoter.accounts.models import Account

MEANINGS = {
    "contact.first_name": _("First name"),
    "contact.last_name": _("Last name"),
    "contact.name": _("First and last name"),
    "contact.email": _("Email address"),
    "brand": _("The brand that the question asks about"),
    "account.name": _("The name of your account"),
}
BANDS = ("promoter", "passive", "detractor")
# Those that placeholders can stand in.
TEXTS = (
    *("from_name", "subject", "preheader", "intro", "reminder_subject", "reminder_intro"),
    *("thank_you", *(f"{band}_thanks" for band in BANDS)),
)
# Beside the catalogue, which knows what Segment sent: what these many contacts have.
CONTACTS_LOOKED_AT = 50
MOST_ATTRIBUTES = 30


def refuse_unknown_placeholders(
    form: forms.BaseForm, data: Mapping[str, Any], *, account: Account
) -> None:
    """An error at each text with a placeholder that would stay empty in every mail."""
    texts = {field: text for field in TEXTS if "{{" in (text := data.get(field) or "")}
    attributes = attribute_names(account) if texts else []
    for field, text in texts.items():
        for sentence in _mistakes(text, attributes):
            form.add_error(field, sentence)


def refuse_foreign_links(
    form: forms.BaseForm, data: Mapping[str, Any], *, account: Account
) -> None:
    """An error at each link of the thank-you page that is half, or leads where no owner
    of the account has allowed."""
    for band in BANDS:
        label, url = data.get(f"{band}_link_label"), data.get(f"{band}_link_url")
        if url and not label:
            form.add_error(
                f"{band}_link_label", gettext("Enter the words that people press.")
            )
        elif label and not url:
            form.add_error(
                f"{band}_link_url", gettext("Enter the address that the link leads to.")
            )
        if not url:
            continue
        host = host_of(url)
        if "{{" in url:
            form.add_error(f"{band}_link_url", gettext("An address takes no placeholders."))
        elif host is None:
            form.add_error(
                f"{band}_link_url",
                gettext(
                    "Enter a whole address, for example https://www.example.com/review."
                ),
            )
        elif not is_allowed(url, hosts=account.link_hosts):
            form.add_error(
                f"{band}_link_url",
                gettext(
                    "Links to %(host)s are not allowed yet. An owner of the account can "
                    "allow them under Settings, Links."
                )
                % {"host": host},
            )


def attribute_names(account: Account) -> list[str]:
    """The names of attributes that the account's contacts have, in order, as far as a
    placeholder can name them."""
    names = set(for_account(Attribute, account).values_list("name", flat=True))
    recent = for_account(Contact, account).values_list("attributes", flat=True)
    names |= {key for found in recent[:CONTACTS_LOOKED_AT] for key in found}
    return sorted(name for name in names if _can_be_named(name))


def placeholders(account: Account) -> list[tuple[str, str]]:
    """(name, meaning) of what the texts may use."""
    return [
        *((name, str(MEANINGS[name])) for name in KNOWN),
        *(
            (f"{ATTRIBUTE}{name}", gettext("Attribute of the contact"))
            for name in _worth_offering(account)[:MOST_ATTRIBUTES]
        ),
    ]


def _worth_offering(account: Account) -> list[str]:
    """Without those that read as nothing in a mail, and those that are offered as the
    contact's name or address already."""
    nested = [Attribute.Type.OBJECT, Attribute.Type.LIST]
    rows = for_account(Attribute, account).filter(type__in=nested)
    unreadable = set(rows.values_list("name", flat=True))
    return [
        name
        for name in attribute_names(account)
        if name not in unreadable and not means_a_column(name)
    ]


def _mistakes(text: str, attributes: Collection[str]) -> Iterator[str]:
    """A sentence for each placeholder that is wrong, once."""
    for name in unknown_placeholders(text):
        yield _no_placeholder(name, attributes)
    seen = set()
    for part in parse(text):
        if not isinstance(part, Placeholder) or not part.name.startswith(ATTRIBUTE):
            continue
        name = part.name.removeprefix(ATTRIBUTE)
        # With a default it is no mistake: the attribute may come one day.
        if not name or name in attributes or part.default or name in seen:
            continue
        seen.add(name)
        yield _no_attribute(name, attributes)


def _no_placeholder(name: str, attributes: Collection[str]) -> str:
    shown = name[:60] or " "
    known = [*KNOWN, *(f"{ATTRIBUTE}{each}" for each in attributes)]
    close = get_close_matches(name.partition("|")[0].strip(), known, n=1)
    said = {
        "placeholder": f"{{{{ {shown} }}}}",
        "known": ", ".join(KNOWN),
        "any_attribute": f"{ATTRIBUTE}NAME",
        "attributes": _listed(attributes),
    }
    sentences = [gettext("%(placeholder)s is no placeholder.") % said]
    if close:
        sentences.append(gettext("Did you mean %(name)s?") % {"name": close[0]})
    if attributes:
        rest = gettext(
            "There are %(known)s, and %(any_attribute)s for an attribute: %(attributes)s."
        )
    else:
        rest = gettext("There are %(known)s, and %(any_attribute)s for an attribute.")
    return " ".join([*sentences, rest % said])


def _no_attribute(name: str, attributes: Collection[str]) -> str:
    close = get_close_matches(name, attributes, n=1)
    said = {
        "name": name[:60],
        "attributes": _listed(attributes),
        "placeholder": f'{{{{ {ATTRIBUTE}{name[:60]}|default:"…" }}}}',
    }
    sentences = [gettext("No contact has an attribute called %(name)s.") % said]
    if close:
        sentences.append(gettext("Did you mean %(name)s?") % {"name": close[0]})
    if attributes:
        sentences.append(gettext("Contacts have %(attributes)s.") % said)
    else:
        sentences.append(gettext("Contacts have none yet."))
    until = gettext(
        "If it is still to come, say what stands there until then: %(placeholder)s"
    )
    return " ".join([*sentences, until % said])


def _listed(attributes: Collection[str]) -> str:
    shown = list(attributes)[:MOST_ATTRIBUTES]
    more = len(attributes) - len(shown)
    listed = ", ".join(shown)
    if not more:
        return listed
    return ngettext(
        "%(listed)s and %(more)s more", "%(listed)s and %(more)s more", more
    ) % {"listed": listed, "more": more}


def _can_be_named(key: str) -> bool:
    return bool(key.strip()) and not unknown_placeholders(f"{{{{ {ATTRIBUTE}{key} }}}}")
