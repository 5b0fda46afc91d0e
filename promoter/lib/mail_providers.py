"""The mail services that EMAIL_PROVIDER can name: what each needs, tells and promises.

django-anymail speaks to them; this table is what it can't know: which variables a person
must set, what proves that an event is theirs, and how long an idempotency key holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from promoter.lib import env

EVENTS_SECRET = "WEBHOOK_SECRET"  # noqa: S105 - a setting's name
SECONDS_TO_CONNECT, SECONDS_TO_ANSWER = 10, 30
ALL_PACKAGES = "requirements/providers.txt"
_PACKAGE = "anymail.backends."


@dataclass(frozen=True, slots=True)
class Provider:
    """One mail service. The names are anymail's settings, ANYMAIL_ before each of them
    makes the environment's variable.

    `events` is anymail's view of its events, empty where it has none. With `signed_by`
    set they are signed, and then need no password in their address; some always are
    (`always_signed`). Without `carries_metadata` a mail is known by the provider's id
    alone: an event that comes before we wrote that down is lost. `key_life` is how long a
    repeated idempotency key is honoured, with time to spare; zero where keys mean nothing.
    """

    label: str
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()
    package: str = ""
    events: str = ""
    signed_by: str = ""
    signature_package: str = ""
    always_signed: bool = False
    carries_metadata: bool = True
    can_switch_tracking: bool = False
    key_life: timedelta = timedelta(0)
    key_in_mail: bool = False
    """Brevo's key is one of the mail's headers and a UUID; else the request has it."""

    @property
    def settings(self) -> tuple[str, ...]:
        names = (*self.needs, *self.may_have, self.signed_by)
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def takes_events(self) -> bool:
        """Whether there is something that proves an event to be the provider's."""
        if not self.events:
            return False
        if self.signed_by and settings.ANYMAIL.get(self.signed_by):
            return True
        return not self.always_signed and bool(settings.ANYMAIL.get(EVENTS_SECRET))


PROVIDERS = {
    "amazon_ses": Provider(
        "Amazon SES",
        may_have=("AMAZON_SES_CONFIGURATION_SET_NAME",),
        package="boto3",
        events="amazon_ses.AmazonSESTrackingWebhookView",
    ),
    "brevo": Provider(
        "Brevo",
        needs=("BREVO_API_KEY",),
        may_have=("BREVO_API_URL",),
        events="brevo.BrevoTrackingWebhookView",
        # 15 minutes by its documentation.
        key_life=timedelta(minutes=12),
        key_in_mail=True,
    ),
    "mailersend": Provider(
        "MailerSend",
        needs=("MAILERSEND_API_TOKEN",),
        may_have=("MAILERSEND_API_URL",),
        events="mailersend.MailerSendTrackingWebhookView",
        signed_by="MAILERSEND_SIGNING_SECRET",
        always_signed=True,
        carries_metadata=False,
        can_switch_tracking=True,
    ),
    "mailgun": Provider(
        "Mailgun",
        needs=("MAILGUN_API_KEY", "MAILGUN_SENDER_DOMAIN"),
        # https://api.eu.mailgun.net/v3 for a domain in its European region.
        may_have=("MAILGUN_API_URL",),
        events="mailgun.MailgunTrackingWebhookView",
        signed_by="MAILGUN_WEBHOOK_SIGNING_KEY",
        always_signed=True,
        can_switch_tracking=True,
    ),
    "mailjet": Provider(
        "Mailjet",
        needs=("MAILJET_API_KEY", "MAILJET_SECRET_KEY"),
        may_have=("MAILJET_API_URL",),
        events="mailjet.MailjetTrackingWebhookView",
        can_switch_tracking=True,
    ),
    "mailtrap": Provider(
        "Mailtrap",
        needs=("MAILTRAP_API_TOKEN",),
        may_have=("MAILTRAP_SANDBOX_ID", "MAILTRAP_API_URL"),
        events="mailtrap.MailtrapTrackingWebhookView",
        signed_by="MAILTRAP_TRACKING_SECRET",
    ),
    "mandrill": Provider(
        "Mailchimp Transactional (Mandrill)",
        needs=("MANDRILL_API_KEY",),
        may_have=("MANDRILL_WEBHOOK_URL", "MANDRILL_API_URL"),
        events="mandrill.MandrillCombinedWebhookView",
        signed_by="MANDRILL_WEBHOOK_KEY",
        always_signed=True,
        can_switch_tracking=True,
    ),
    "postal": Provider(
        "Postal",
        needs=("POSTAL_API_KEY", "POSTAL_API_URL"),
        events="postal.PostalTrackingWebhookView",
        signed_by="POSTAL_WEBHOOK_KEY",
        signature_package="cryptography",
        always_signed=True,
        carries_metadata=False,
    ),
    "postmark": Provider(
        "Postmark",
        needs=("POSTMARK_SERVER_TOKEN",),
        may_have=("POSTMARK_MESSAGE_STREAM", "POSTMARK_API_URL"),
        events="postmark.PostmarkTrackingWebhookView",
        can_switch_tracking=True,
    ),
    "resend": Provider(
        "Resend",
        needs=("RESEND_API_KEY",),
        may_have=("RESEND_API_URL",),
        events="resend.ResendTrackingWebhookView",
        signed_by="RESEND_SIGNING_SECRET",
        signature_package="svix",
        # 24 hours by its documentation.
        key_life=timedelta(hours=23),
    ),
    "scaleway": Provider(
        "Scaleway",
        needs=("SCALEWAY_SECRET_KEY", "SCALEWAY_PROJECT_ID"),
        may_have=("SCALEWAY_REGION", "SCALEWAY_API_URL"),
    ),
    "sendgrid": Provider(
        "SendGrid",
        needs=("SENDGRID_API_KEY",),
        may_have=("SENDGRID_API_URL",),
        events="sendgrid.SendGridTrackingWebhookView",
        signed_by="SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",
        signature_package="cryptography",
        can_switch_tracking=True,
    ),
    "sparkpost": Provider(
        "SparkPost",
        needs=("SPARKPOST_API_KEY",),
        # https://api.eu.sparkpost.com/api/v1 for its European region.
        may_have=("SPARKPOST_SUBACCOUNT", "SPARKPOST_API_URL"),
        events="sparkpost.SparkPostTrackingWebhookView",
        can_switch_tracking=True,
    ),
    "unisender_go": Provider(
        "Unisender Go",
        needs=("UNISENDER_GO_API_KEY", "UNISENDER_GO_API_URL"),
        events="unisender_go.UnisenderGoTrackingWebhookView",
        signed_by="UNISENDER_GO_API_KEY",
        always_signed=True,
    ),
}


def variables() -> list[str]:
    """Every variable of the environment that belongs to some provider."""
    names = {name for provider in PROVIDERS.values() for name in provider.settings}
    return [f"ANYMAIL_{name}" for name in (EVENTS_SECRET, *sorted(names))]


def read_settings(name: str) -> dict[str, object]:
    """EMAIL_BACKEND and ANYMAIL for the provider. Raises ImproperlyConfigured, in words.

    The variables of other providers are read as well: after a move the events of mail
    sent before still come from the old one.
    """
    if name not in PROVIDERS:
        raise ImproperlyConfigured(
            f"EMAIL_PROVIDER is {name!r}: set it to one of {', '.join(PROVIDERS)}."
        )
    provider = PROVIDERS[name]
    for needed in provider.needs:
        env.required(
            f"ANYMAIL_{needed}", f"EMAIL_PROVIDER={name} needs it; {provider.label} has it."
        )
    found = {
        variable.removeprefix("ANYMAIL_"): value
        for variable in variables()
        if (value := env.text(variable))
    }
    _check(provider, found)
    return {
        "EMAIL_BACKEND": f"{_PACKAGE}{name}.EmailBackend",
        "ANYMAIL": {
            **found,
            "REQUESTS_TIMEOUT": (SECONDS_TO_CONNECT, SECONDS_TO_ANSWER),
            # A link that leads over the provider's address is one more to distrust, and
            # whether somebody opened a mail is not ours to know: answers are all we count.
            "SEND_DEFAULTS": (
                {"track_opens": False, "track_clicks": False}
                if provider.can_switch_tracking
                else {}
            ),
            # A client that repeats a request by itself would mail people twice.
            "AMAZON_SES_CLIENT_PARAMS": {
                "config": {
                    "connect_timeout": SECONDS_TO_CONNECT,
                    "read_timeout": SECONDS_TO_ANSWER,
                    "retries": {"total_max_attempts": 1},
                }
            },
        },
    }


def _check(provider: Provider, found: dict[str, str]) -> None:
    secret = found.get(EVENTS_SECRET)
    if secret is not None and not all(secret.partition(":")):
        raise ImproperlyConfigured(
            "ANYMAIL_WEBHOOK_SECRET must be a name and a password with a colon between "
            "them, for example the output of "
            "`echo $(openssl rand -hex 8):$(openssl rand -hex 16)`."
        )
    needed = [(provider, provider.package, "EMAIL_PROVIDER")]
    # The events of another one are read as well.
    needed += [
        (each, each.signature_package, f"ANYMAIL_{each.signed_by}")
        for each in PROVIDERS.values()
        if each.signed_by in found
    ]
    for each, package, variable in needed:
        if package and find_spec(package) is None:
            raise ImproperlyConfigured(
                f"{each.label}, by {variable}, needs the Python package {package}, which "
                f"is not installed: `pip install --require-hashes -r {ALL_PACKAGES}`."
            )


def current() -> Provider | None:
    """The provider that mail goes through; None when it is an SMTP server."""
    backend: str = settings.EMAIL_BACKEND
    if not backend.startswith(_PACKAGE):
        return None
    return PROVIDERS.get(backend.removeprefix(_PACKAGE).partition(".")[0])
