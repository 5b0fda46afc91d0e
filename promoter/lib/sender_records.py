"""Whether a domain's DNS says that we may send its mail: SPF, DKIM and DMARC, in words.

Rules: RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext_noop

from promoter.lib.dns_texts import NotAnswered

FINE, MISSING, WRONG, UNKNOWN = "fine", "missing", "wrong", "unknown"
Texts = Callable[[str], list[str]]
# RFC 7208 4.6.4: with more, receivers take the record for broken.
MOST_SPF_LOOKUPS = 10
UNASKED = gettext_noop(
    "The name servers did not answer within a few seconds. Try again later."
)


@dataclass(frozen=True, slots=True)
class WayOut:
    """How mail leaves: by a mail service, or by a mail server of our own."""

    label: str
    include: str = ""
    """What the service's guide has one include in SPF; empty: it uses its own domain."""
    selectors: tuple[str, ...] = ()
    server: str = ""
    """The mail server, if it is one; then `label` is its name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One record: what became of looking for it, and what to do."""

    record: str
    state: str
    name: str
    advice: str
    """For a translator, with places for `names`."""
    found: str = ""
    publish: str = ""
    names: dict[str, str] = field(default_factory=dict)


# By EMAIL_PROVIDER. Services that aren't here, or have no include, send with a domain of
# their own in the envelope, and that is where SPF is looked at.
SERVICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "brevo": ("", ("brevo1", "brevo2", "mail")),
    "mailersend": ("_spf.mailersend.net", ("mlsend", "mlsend2")),
    "mailgun": ("mailgun.org", ("smtp", "mailo", "pic", "k1", "mx")),
    "mailjet": ("spf.mailjet.com", ("mailjet",)),
    "mailtrap": ("", ("rwmt1", "rwmt2")),
    "mandrill": ("spf.mandrillapp.com", ("mte1", "mte2", "mandrill")),
    "resend": ("", ("resend",)),
    "sendgrid": ("", ("s1", "s2", "smtpapi")),
}
COMMON_SELECTORS = ("default", "mail", "dkim", "selector1", "selector2", "google", "s1")


def check_sender(
    *, domain: str, way_out: WayOut, selector: str, texts: Texts
) -> list[Finding]:
    """SPF, DKIM and DMARC of the domain, in this order. `selector` "" tries common ones."""
    selectors = (selector,) if selector else way_out.selectors or COMMON_SELECTORS
    found = [
        _asked("SPF", domain, lambda: _spf(domain, way_out, texts)),
        _asked(
            "DKIM",
            f"{selectors[0]}._domainkey.{domain}",
            lambda: _dkim(domain, selectors, way_out, texts, is_given=bool(selector)),
        ),
        _asked("DMARC", f"_dmarc.{domain}", lambda: _dmarc(domain, texts)),
    ]
    wanted = _mechanism(way_out)
    names = {"way_out": way_out.label, "server": way_out.server, "wanted": wanted}
    return [replace(finding, names=names) for finding in found]


def _asked(record: str, name: str, ask: Callable[[], Finding]) -> Finding:
    try:
        return ask()
    except NotAnswered:
        return Finding(record, UNKNOWN, name, UNASKED)


def _spf(domain: str, way_out: WayOut, texts: Texts) -> Finding:
    found = [text for text in texts(domain) if text.lower().split(" ")[0] == "v=spf1"]
    wanted = _mechanism(way_out)
    if not wanted:
        advice = gettext_noop(
            "%(way_out)s sends with a domain of its own in the envelope, where SPF is "
            "looked at; your domain needs no entry for it."
        )
        return Finding("SPF", FINE, domain, advice, found="\n".join(found))
    fresh = f"v=spf1 {wanted} ~all"
    if not found:
        advice = gettext_noop(
            "It lists the servers that may send your domain’s mail. If others send for it "
            "too, your office mail for example, name them in the same record, before ~all."
        )
        return Finding("SPF", MISSING, domain, advice, publish=fresh)
    if len(found) > 1:
        advice = gettext_noop(
            "There may be one such record and no more: join these into one."
        )
        return Finding("SPF", WRONG, domain, advice, found="\n".join(found))
    return _one_spf(domain, found[0], wanted, way_out, texts)


def _one_spf(domain: str, text: str, wanted: str, way_out: WayOut, texts: Texts) -> Finding:
    terms = text.lower().split()
    if {"+all", "all"} & set(terms):
        advice = gettext_noop(
            "It ends in +all, which lets everybody send in your name. End it in ~all."
        )
        better = text.replace("+all", "~all").replace(" all", " ~all")
        return Finding("SPF", WRONG, domain, advice, found=text, publish=better)
    if not way_out.include:
        advice = gettext_noop(
            "Whether it covers %(server)s can’t be seen from here: look once."
        )
        return Finding("SPF", FINE, domain, advice, found=text)
    walk = _Walk(texts)
    walk.into(text)
    if way_out.include in walk.included:
        return Finding(
            "SPF",
            FINE,
            domain,
            gettext_noop("It covers %(way_out)s."),
            found=text,
        )
    if len(walk.included) > MOST_SPF_LOOKUPS:
        advice = gettext_noop(
            "It leads to more than 10 look-ups, and receivers then take it for broken. "
            "Take out services that send no mail for you any more."
        )
        return Finding("SPF", WRONG, domain, advice, found=text)
    words = text.split(" ")
    better = " ".join([words[0], wanted, *words[1:]])
    advice = gettext_noop(
        "It says nothing of %(way_out)s. Put %(wanted)s in, near the start."
    )
    return Finding("SPF", WRONG, domain, advice, found=text, publish=better)


def _mechanism(way_out: WayOut) -> str:
    """What lets the way out send; empty where that is the service's own affair."""
    if way_out.include:
        return f"include:{way_out.include}"
    if not way_out.server:
        return ""
    try:
        address = ipaddress.ip_address(way_out.server)
    except ValueError:
        is_local = "." not in way_out.server
        return "a mx" if is_local else f"a:{way_out.server}"
    return "a mx" if address.is_loopback else f"ip{address.version}:{address}"


@dataclass(slots=True)
class _Walk:
    """Which names an SPF record leads to, in its own words and those it includes."""

    texts: Texts
    included: list[str] = field(default_factory=list)

    def into(self, text: str) -> None:
        for term in text.lower().split():
            name = term.lstrip("+?~-")
            for lead in ("include:", "redirect="):
                target = name.removeprefix(lead)
                if target != name and target not in self.included:
                    self._follow(target)

    def _follow(self, target: str) -> None:
        self.included.append(target)
        if len(self.included) > MOST_SPF_LOOKUPS:
            return
        for text in self.texts(target):
            if text.lower().startswith("v=spf1"):
                self.into(text)


def _dkim(
    domain: str,
    selectors: tuple[str, ...],
    way_out: WayOut,
    texts: Texts,
    *,
    is_given: bool,
) -> Finding:
    broken: Finding | None = None
    for selector in selectors:
        name = f"{selector}._domainkey.{domain}"
        for text in texts(name):
            tags = _tags(text)
            if tags.get("p"):
                advice = gettext_noop(
                    "The public key that receivers check signatures with is there."
                )
                return Finding("DKIM", FINE, name, advice, found=text)
            if "p" in tags or "k" in tags or tags.get("v", "").upper() == "DKIM1":
                advice = gettext_noop(
                    "The record has no key in it, which means that it was withdrawn. "
                    "Publish the one that %(way_out)s shows."
                )
                broken = broken or Finding("DKIM", WRONG, name, advice, found=text)
    if broken:
        return broken
    name = f"{selectors[0] if is_given else 'SELECTOR'}._domainkey.{domain}"
    advice = gettext_noop(
        "Its key belongs to %(way_out)s, which shows the record to publish: a TXT or CNAME "
        "record of the name below. The selectors that are common were tried; enter yours "
        "if it is another one."
    )
    if is_given:
        advice = gettext_noop(
            "Its key belongs to %(way_out)s, which shows the record to publish: a TXT or "
            "CNAME record of the name below. Nothing is there under this selector."
        )
    return Finding("DKIM", MISSING, name, advice)


def _dmarc(domain: str, texts: Texts) -> Finding:
    name = f"_dmarc.{domain}"
    parts = domain.split(".")
    for cut in range(max(len(parts) - 1, 1)):
        at = "_dmarc." + ".".join(parts[cut:])
        found = [text for text in texts(at) if text.lower().startswith("v=dmarc1")]
        if found:
            return _one_dmarc(at, found)
    advice = gettext_noop(
        "It tells receivers what to do with mail that only pretends to be yours; Gmail and "
        "Yahoo ask for it. p=none only watches, and harms nothing."
    )
    return Finding("DMARC", MISSING, name, advice, publish="v=DMARC1; p=none")


def _one_dmarc(name: str, found: list[str]) -> Finding:
    text = "\n".join(found)
    if len(found) > 1:
        advice = gettext_noop(
            "There may be one such record and no more: keep the one you want."
        )
        return Finding("DMARC", WRONG, name, advice, found=text)
    policy = _tags(text).get("p", "").lower()
    if policy == "none":
        advice = gettext_noop(
            "It watches and does nothing yet. Once SPF and DKIM are fine for a while, "
            "p=quarantine keeps others from using your name."
        )
        return Finding("DMARC", FINE, name, advice, found=text)
    if policy in {"quarantine", "reject"}:
        advice = gettext_noop(
            "Mail that only pretends to be yours is kept away from people."
        )
        return Finding("DMARC", FINE, name, advice, found=text)
    advice = gettext_noop(
        "It does not say what to do: p must be none, quarantine or reject."
    )
    return Finding("DMARC", WRONG, name, advice, found=text, publish="v=DMARC1; p=none")


def _tags(text: str) -> dict[str, str]:
    """tag=value pairs between semicolons, as DKIM and DMARC have them."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {tag.strip().lower(): value.strip() for tag, _, value in pairs}
