"""What a template may not contain: placeholders that nothing fills, links to anywhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from django import forms

from campaigns.rendering import ATTRIBUTE, KNOWN, Placeholder, parse, unknown_placeholders
from contacts.models import Attribute, Contact
from promoter.accounts.access import for_account
from promoter.accounts.links import host_of, is_allowed
from promoter.accounts.models import Account

MEANINGS = {
    "contact.first_name": "First name",
    "contact.last_name": "Last name",
    "contact.name": "First and last name",
    "contact.email": "Email address",
    "brand": "The brand that the question asks about",
    "account.name": "The name of your account",
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
            form.add_error(f"{band}_link_label", "Enter the words that people press.")
        elif label and not url:
            form.add_error(f"{band}_link_url", "Enter the address that the link leads to.")
        if not url:
            continue
        host = host_of(url)
        if host is None:
            form.add_error(
                f"{band}_link_url",
                "Enter a whole address, for example https://www.example.com/review.",
            )
        elif not is_allowed(url, hosts=account.link_hosts):
            form.add_error(
                f"{band}_link_url",
                f"Links to {host} are not allowed yet. An owner of the account can allow "
                "them under Settings, Links.",
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
        *((name, MEANINGS[name]) for name in KNOWN),
        *(
            (f"{ATTRIBUTE}{name}", "Attribute of the contact")
            for name in attribute_names(account)[:MOST_ATTRIBUTES]
        ),
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
    hint = f" Did you mean {close[0]}?" if close else ""
    return (
        f"{{{{ {shown} }}}} is no placeholder.{hint} There are {', '.join(KNOWN)}, and "
        f"{ATTRIBUTE}NAME for an attribute{_listed(attributes)}."
    )


def _no_attribute(name: str, attributes: Collection[str]) -> str:
    close = get_close_matches(name, attributes, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return (
        f"No contact has an attribute called {name[:60]}.{hint} Contacts have "
        f"{_listed(attributes).removeprefix(': ') or 'none yet'}. If it is still to come, "
        f'say what stands there until then: {{{{ {ATTRIBUTE}{name[:60]}|default:"…" }}}}'
    )


def _listed(attributes: Collection[str]) -> str:
    shown = list(attributes)[:MOST_ATTRIBUTES]
    more = len(attributes) - len(shown)
    return f": {', '.join(shown)}{f' and {more} more' if more else ''}" if shown else ""


def _can_be_named(key: str) -> bool:
    return bool(key.strip()) and not unknown_placeholders(f"{{{{ {ATTRIBUTE}{key} }}}}")
