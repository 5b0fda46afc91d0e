"""Looks at the way that mail takes: the server, and what the DNS says of the sender."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from django.conf import settings
from django.core.mail import get_connection
from django.utils.translation import gettext as _

from promoter.accounts.models import SenderCheck
from promoter.accounts.sender_checking import sending_domain, way_out
from promoter.accounts.sender_checks import spoken_advice
from promoter.lib.dns_texts import TextLookup
from promoter.lib.logs import masked
from promoter.lib.sender_records import FINE, UNKNOWN, check_sender
from promoter.operations.examining import Finding

PATIENCE_SECONDS = 10


def of_mail_server() -> Iterator[Finding]:
    """Whether it lets us in. A mail service with an API is not asked: it would have to be
    given a mail."""
    about, way = _("Mail"), way_out()
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        what = _("Mail goes by %(way)s; its key is set.") % {"way": way.label}
        advice = _(
            "Whether the key is right shows at the first mail: send yourself a test."
        )
        if settings.EMAIL_BACKEND.startswith("django."):
            yield Finding(about, "look", _("Mail is printed instead of sent."), "")
            return
        yield Finding(about, "fine", what, advice)
        return
    door = get_connection(timeout=PATIENCE_SECONDS)
    try:
        door.open()
    except Exception as error:  # whatever a mail server's client may raise
        yield Finding(
            about,
            "wrong",
            _("The mail server %(host)s:%(port)s did not let us in: %(error)s")
            % {
                "host": settings.EMAIL_HOST,
                "port": settings.EMAIL_PORT,
                "error": masked(f"{type(error).__name__}: {error}"),
            },
            _("Check EMAIL_URL: scheme, port, user and password; and the firewall."),
        )
        return
    finally:
        door.close()
    what = _("The mail server %(host)s lets us in.") % {"host": settings.EMAIL_HOST}
    yield Finding(about, "fine", what)


def of_sender() -> Iterator[Finding]:
    """SPF, DKIM and DMARC of the sending address. With the DKIM selector that an owner
    gave on Settings, Sending address, if one did."""
    domain = sending_domain()
    given = SenderCheck.objects.filter(domain=domain).exclude(selector="").first()
    records = check_sender(
        domain=domain,
        way_out=way_out(),
        selector=given.selector if given else "",
        texts=TextLookup(server=settings.DNS_RESOLVER).texts,
    )
    for record in records:
        about, advice = f"{record.record} {domain}", spoken_advice(asdict(record))
        if record.state == FINE:
            yield Finding(about, "fine", advice)
        elif record.state == UNKNOWN:
            yield Finding(about, "look", advice)
        else:
            what = _("%(record)s is missing or wrong at %(name)s.") % {
                "record": record.record,
                "name": record.name,
            }
            publish = _("Publish: %(text)s") % {"text": record.publish}
            advice = f"{advice} {publish}" if record.publish else advice
            yield Finding(about, "look", what, advice)
