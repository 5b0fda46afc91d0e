"""The names of models and of their fields, as the admin shows them, in its language.

They stand here and not in each model: a name in a migration would freeze it, and those
that Django makes of the attributes are right in English.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# fmt: off
WORDS = frozenset({
    _("about"), _("accent"), _("accepted"), _("accepted at"), _("account"),
    _("accounts"), _("act"), _("action"), _("activated at"), _("actor"),
    _("actor email"), _("alert"), _("alerted answer"), _("alerted answers"),
    _("alerts"), _("answered"), _("answered at"), _("asked"), _("asked at"),
    _("assignee"), _("at"), _("attempt"), _("attribute"), _("attributes"),
    _("audit event"), _("audit events"), _("bounced"), _("brand"), _("bulk job"),
    _("bulk jobs"), _("campaign"), _("campaigns"), _("cancel event"),
    _("canned replies"), _("canned reply"), _("case"), _("case event"),
    _("case events"), _("case mail"), _("case mails"), _("cases"), _("changed"),
    _("changed at"), _("checked at"), _("chosen"), _("closed at"), _("code"),
    _("comment"), _("conditions"), _("connection"), _("connections"), _("contact"),
    _("contact list"), _("contact list memberships"), _("contact lists"), _("contacts"),
    _("content type"), _("count"), _("counted"), _("counts"), _("created"),
    _("created at"), _("created by"), _("cursor"), _("daily cohort"),
    _("daily cohorts"), _("daily event limit"), _("daily scores"), _("daily usage"),
    _("date joined"), _("day"), _("days"), _("defer days"), _("delimiter"),
    _("deliveries"), _("delivery"), _("delivery delay"), _("delivery policy"),
    _("detail"), _("details"), _("detractor link label"), _("detractor link url"),
    _("detractor thanks"), _("digest"), _("direction"), _("dirty day"), _("dirty days"),
    _("disabled at"), _("disabled reason"), _("domain"), _("done at"), _("due at"),
    _("duplicates"), _("email"), _("email template"), _("email templates"),
    _("encoding"), _("endpoint"), _("endpoints"), _("erased at"), _("erased user"),
    _("erased users"), _("error"), _("event"), _("event count"), _("event counts"),
    _("event name"), _("event type"), _("event types"), _("export job"),
    _("export jobs"), _("failed at"), _("failing since"), _("failures"), _("file name"),
    _("files removed at"), _("findings"), _("finished at"), _("first"),
    _("first event at"), _("first name"), _("forecast"), _("form"), _("forward to"),
    _("forward when"), _("forwarded response"), _("forwarded responses"),
    _("frequency"), _("from name"), _("has header"), _("has many values"), _("header"),
    _("height"), _("hold hours"), _("hour"), _("import job"), _("import jobs"),
    _("imported answer"), _("imported answers"), _("in reply to"), _("intro"),
    _("invitation"), _("invitations"), _("invited by"), _("is active"),
    _("is asked for"), _("is latest"), _("is staff"), _("is trap"), _("is undoing"),
    _("job"), _("key"), _("kind"), _("language"), _("last"), _("last at"),
    _("last event at"), _("last name"), _("last seen at"), _("last success at"),
    _("lease until"), _("left at"), _("level"), _("link hosts"), _("link visit"),
    _("link visits"), _("logo"), _("logos"), _("looked"), _("looked on"),
    _("mails per minute"), _("mapping"), _("marked at"), _("membership"),
    _("memberships"), _("message"), _("message id"), _("name"), _("newest only"),
    _("next at"), _("number"), _("old secret until"), _("oldest at"), _("outcome"),
    _("outcome at"), _("outcome detail"), _("passive link label"),
    _("passive link url"), _("passive thanks"), _("payload"), _("people"), _("plate"),
    _("position"), _("postal address"), _("preheader"), _("processed at"),
    _("promoter link label"), _("promoter link url"), _("promoter thanks"),
    _("provider message id"), _("query"), _("queued at"), _("reason"), _("received at"),
    _("refused"), _("refused request"), _("refused requests"), _("rejected"),
    _("rejected bytes"), _("reminder after"), _("reminder intro"),
    _("reminder subject"), _("repeat days"), _("repeated"), _("replay"), _("replays"),
    _("reply to"), _("responded at"), _("response"), _("response change"),
    _("response changes"), _("response code"), _("responses"), _("revoked at"),
    _("role"), _("rollup"), _("rollups"), _("rows done"), _("rows total"), _("rule"),
    _("rules"), _("runs"), _("s0"), _("s1"), _("s2"), _("s3"), _("s4"), _("s5"),
    _("s6"), _("s7"), _("s8"), _("s9"), _("s10"), _("sample percent"),
    _("saved filter"), _("saved filters"), _("scope"), _("score"), _("score watch"),
    _("seconds"), _("seen"), _("seen at"), _("segment message"), _("segment messages"),
    _("selector"), _("send days"), _("send from"), _("send until"), _("sender check"),
    _("sender checks"), _("sending paused at"), _("sending paused because"),
    _("sending stopped at"), _("sends"), _("sent at"), _("settled at"), _("settles at"),
    _("since"), _("size"), _("skip reason"), _("skipped at"), _("spread days"),
    _("start at"), _("started at"), _("status"), _("subject"), _("subscription"),
    _("subscriptions"), _("suppression"), _("suppressions"), _("survey"),
    _("survey email"), _("survey emails"), _("surveys"), _("suspect answer"),
    _("suspect answers"), _("suspended at"), _("tag"), _("tags"), _("takes unsigned"),
    _("target id"), _("target kind"), _("target label"), _("task"), _("task run"),
    _("task runs"), _("team mail"), _("team mails"), _("template"),
    _("template version"), _("template versions"), _("text"), _("thank you"),
    _("throttle"), _("throttles"), _("through"), _("time zone"), _("timestamp"),
    _("to"), _("told"), _("told full at"), _("told high at"), _("told on"), _("total"),
    _("trigger id"), _("triggered at"), _("type"), _("unchanged"), _("undone"),
    _("until"), _("updated"), _("updated at"), _("upto"), _("user"), _("user id"),
    _("users"), _("value"), _("value sums"), _("visited at"), _("wants detractors"),
    _("wants moves"), _("way in"), _("webhook id"), _("what"), _("width"),
    _("withdrawn at"), _("words"), _("worker"), _("workers"), _("zone"),
    _("score watches"),
})
# fmt: on
# Where an s at the end makes no plural.
PLURALS = {
    "daily scoress": "daily scores",
    "score watchs": "score watches",
    "value sumss": "value sums",
}


def translate_names(models: Iterable[type[Model]]) -> None:
    """Each name that is known is from now on said in the language that is on."""
    for model in models:
        options = model._meta
        if not isinstance(options.verbose_name, Promise):
            options.verbose_name = _said(str(options.verbose_name))
            plural = str(options.verbose_name_plural)
            options.verbose_name_plural = _said(PLURALS.get(plural, plural))
        for field in options.local_fields + options.local_many_to_many:
            if not isinstance(field.verbose_name, Promise):
                field.verbose_name = _said(field.verbose_name)


def _said(name: str) -> str | _StrPromise:
    return gettext_lazy(name) if name in WORDS else name
