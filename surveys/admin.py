"""The operators' pages for who was asked, by which mail, and what they answered."""

from __future__ import annotations

from typing import cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account, User
from promoter.lib.admin import HistoryAdmin, ask_first, json_text
from surveys import (  # noqa: F401 - they register their pages
    digest_admin,
    small_mail_admin,
)
from surveys.models import (
    CannedReply,
    Case,
    CaseEvent,
    ExportJob,
    ImportedAnswer,
    LinkVisit,
    Response,
    ResponseChange,
    Rule,
    Survey,
    SurveyEmail,
    SuspectAnswer,
    Tag,
)
from surveys.rollups import (
    COHORT_COLUMNS,
    DailyCohort,
    DailyScores,
    DirtyDay,
    Rollup,
    ValueSums,
)
from surveys.sending.resending import send_again


class SurveyEmailInline(admin.TabularInline):
    model = SurveyEmail
    fields = ("kind", "status", "due_at", "sent_at", "outcome", "attempt", "error")
    readonly_fields = fields
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Survey | None = None) -> bool:
        return False


@admin.register(Survey)
class SurveyAdmin(HistoryAdmin):
    list_display = (
        *("id", "contact", "campaign", "account", "triggered_at"),
        *("due_at", "asked_at", "skip_reason"),
    )
    list_filter = ("skip_reason", "triggered_at", "account")
    list_select_related = ("account", "campaign", "contact")
    search_fields = ("contact__email", "contact__user_id__exact", "trigger_id__exact")
    search_help_text = _("Contact’s email, exact userId or exact messageId")
    fields = (
        *("account", "campaign", "contact", "trigger_id", "snapshot"),
        *("triggered_at", "due_at", "asked_at", "skip_reason", "skipped_at"),
    )
    readonly_fields = ("snapshot",)
    inlines = (SurveyEmailInline,)

    @admin.display(description=_("attributes at the trigger"))
    def snapshot(self, survey: Survey) -> SafeString:
        return json_text(survey.attributes)


@admin.register(SurveyEmail)
class SurveyEmailAdmin(HistoryAdmin):
    list_display = (
        *("id", "contact", "kind", "status", "due_at", "sent_at", "outcome", "attempt"),
        *("error", "account"),
    )
    list_filter = ("status", "outcome", "kind", "due_at", "account")
    list_select_related = ("account", "survey__contact")
    search_fields = (
        "survey__contact__email",
        "email_message_id__exact",
        "provider_message_id__exact",
    )
    search_help_text = _("Contact’s email, or an exact Message-ID (ours or the provider’s)")

    actions = ("send_again",)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("surveys.change_surveyemail")

    @admin.action(
        description=_("Send again those that failed or are uncertain"), permissions=["send"]
    )
    def send_again(
        self, request: HttpRequest, emails: QuerySet[SurveyEmail]
    ) -> TemplateResponse | None:
        page = ask_first(
            self,
            request,
            emails,
            action="send_again",
            question=gettext("Send these mails again?"),
            consequence=gettext(
                "Those that failed or are uncertain are due at once; an uncertain "
                "one may have arrived, and then its reader gets it twice. The others stay."
            ),
        )
        if page is None:
            chosen = SurveyEmail.objects.filter(pk__in=emails.values("pk"))
            now = timezone.now()
            for account in Account.objects.filter(pk__in=chosen.values("account")):
                again = send_again(emails=chosen.filter(account=account), now=now)
                if again.mails:
                    record(
                        account=account,
                        actor=cast(User, request.user),
                        action=Action.MAIL_AGAIN,
                        count=again.mails,
                        now=now,
                    )
                messages.success(
                    request,
                    gettext("%(account)s: %(mails)s sent again.")
                    % {"account": account, "mails": again.mails},
                )
        return page

    @admin.display(ordering="survey__contact__email")
    def contact(self, mail: SurveyEmail) -> str:
        return str(mail.survey.contact or "")


@admin.register(Response)
class ResponseAdmin(HistoryAdmin):
    """An answer may be removed, a test's for example; it can't be rewritten."""

    removable = True
    list_display = (
        "score",
        "band",
        "contact",
        "campaign",
        "account",
        "words",
        "responded_at",
    )
    list_display_links = ("score", "band")
    list_filter = ("score", "responded_at", "account")
    list_select_related = ("account", "campaign", "contact")
    search_fields = ("contact__email", "comment")
    search_help_text = _("Contact’s email, or words of the comment")
    date_hierarchy = "responded_at"
    fields = (
        *("account", "campaign", "survey", "contact", "score", "comment", "snapshot"),
        *("responded_at", "updated_at"),
    )
    readonly_fields = ("snapshot",)

    @admin.display(ordering="score")
    def band(self, response: Response) -> str:
        return str(response.band)

    @admin.display(description="comment")
    def words(self, response: Response) -> str:
        text = response.comment
        return text if len(text) <= 80 else f"{text[:79]}…"

    @admin.display(description=_("attributes at the answer"))
    def snapshot(self, response: Response) -> SafeString:
        return json_text(response.attributes)


@admin.register(ResponseChange)
class ResponseChangeAdmin(HistoryAdmin):
    """Goes with its answer."""

    removable = True
    list_display = ("changed_at", "account", "response", "score")
    list_filter = ("changed_at", "account")
    list_select_related = ("account", "response")


@admin.register(SuspectAnswer)
class SuspectAnswerAdmin(HistoryAdmin):
    list_display = ("answered_at", "account", "survey", "score", "reason", "status")
    list_filter = ("status", "reason", "account")
    list_select_related = ("account", "survey")


@admin.register(LinkVisit)
class LinkVisitAdmin(HistoryAdmin):
    list_display = ("visited_at", "account", "survey", "score", "is_trap")
    list_filter = ("is_trap", "account")
    list_select_related = ("account", "survey")


@admin.register(Case)
class CaseAdmin(HistoryAdmin):
    """Goes with its answer."""

    removable = True
    list_display = ("pk", "account", "responded_at", "closed_at", "assignee")
    list_filter = ("account",)
    list_select_related = ("account", "assignee__account", "assignee__user")


@admin.register(CaseEvent)
class CaseEventAdmin(HistoryAdmin):
    """Goes with its answer."""

    removable = True
    list_display = ("at", "account", "case", "kind", "actor", "about")
    list_filter = ("kind", "account")
    list_select_related = ("account", "case", "actor")


@admin.register(CannedReply)
class CannedReplyAdmin(HistoryAdmin):
    list_display = ("name", "account")
    list_filter = ("account",)
    list_select_related = ("account",)


@admin.register(Rule)
class RuleAdmin(HistoryAdmin):
    list_display = ("name", "account", "position", "is_enabled", "band", "words")
    list_filter = ("is_enabled", "account")
    list_select_related = ("account",)


@admin.register(ExportJob)
class ExportJobAdmin(HistoryAdmin):
    list_display = ("id", "what", "form", "account", "status", "seen", "total", "size")
    list_filter = ("status", "what", "account")
    list_select_related = ("account",)


@admin.register(ImportedAnswer)
class ImportedAnswerAdmin(HistoryAdmin):
    list_display = ("survey", "account", "job")
    list_select_related = ("account", "survey", "job")


@admin.register(Tag)
class TagAdmin(HistoryAdmin):
    list_display = ("name", "account")
    list_filter = ("account",)
    list_select_related = ("account",)
    search_fields = ("name",)


@admin.register(Rollup)
class RollupAdmin(HistoryAdmin):
    list_display = ("account", "key", "zone", "through", "has_many_values")
    list_select_related = ("account",)


@admin.register(DirtyDay)
class DirtyDayAdmin(HistoryAdmin):
    list_display = ("account", "day", "marked_at")
    list_select_related = ("account",)


@admin.register(DailyScores)
class DailyScoresAdmin(HistoryAdmin):
    list_display = ("account", "day", "campaign", "key", "value", "is_latest")
    list_select_related = ("account", "campaign")


@admin.register(DailyCohort)
class DailyCohortAdmin(HistoryAdmin):
    list_display = ("account", "day", "campaign", "key", "value", *COHORT_COLUMNS)
    list_select_related = ("account", "campaign")


@admin.register(ValueSums)
class ValueSumsAdmin(HistoryAdmin):
    list_display = ("account", "day", "level", "key")
    list_select_related = ("account",)
    exclude = ("scores", "cohorts")
