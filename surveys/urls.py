from __future__ import annotations

from django.urls import path, re_path

from contacts.import_jobs import ImportJob
from contacts.importing.views import import_list
from surveys.views import (
    api,
    audience,
    campaign_pause,
    campaigns,
    card_files,
    case,
    case_mail,
    contact,
    dashboard,
    digests,
    exports,
    imports,
    inbox,
    inbox_bulk,
    inbox_settings,
    mail_preview,
    outbox,
    quarantine,
    results_by_attribute,
    results_files,
    results_form,
    sending_settings,
    sent_mail,
    test_mail,
)

urlpatterns = [
    # Both spellings: a redirect would turn the POST into a GET.
    re_path(
        r"^api/v1/campaigns/(?P<pk>[^/]+)/surveys/?$",
        api.CampaignSurveys.as_view(),
        name="api-campaign-surveys",
    ),
    path("", dashboard.dashboard, name="dashboard"),
    path(
        "results/by-attribute/",
        results_by_attribute.by_attribute,
        name="dashboard-by-attribute",
    ),
    path("results/values/", results_form.values, name="dashboard-values"),
    path(
        "results/by-attribute.csv",
        results_files.by_attribute_csv,
        name="dashboard-by-attribute-csv",
    ),
    path(
        "results/by-attribute.svg",
        results_files.by_attribute_svg,
        name="dashboard-by-attribute-svg",
    ),
    *(
        path(
            f"results/{name}.csv",
            results_files.csv_of(name, rows),
            name=f"dashboard-{name}-csv",
        )
        for name, rows in {
            "scores": results_files.score_rows,
            "trend": results_files.trend_rows,
            "rates": results_files.rate_rows,
            "campaigns": results_files.campaign_rows,
        }.items()
    ),
    *(
        path(
            f"results/{name}.svg",
            results_files.svg_of(name),
            name=f"dashboard-{name}-svg",
        )
        for name in results_files.HEADINGS
    ),
    path("campaigns/", campaigns.campaign_list, name="campaign-list"),
    path("campaigns/<int:pk>/", campaigns.campaign_page, name="campaign"),
    path(
        "campaigns/<int:pk>/funnel.csv",
        card_files.campaign_funnel_csv,
        name="campaign-funnel-csv",
    ),
    path("campaigns/<int:pk>/pause/", campaign_pause.pause_campaign, name="campaign-pause"),
    path(
        "campaigns/<int:pk>/audience/",
        audience.campaign_audience,
        name="campaign-audience",
    ),
    path(
        "campaigns/<int:pk>/test-mail/",
        test_mail.test_campaign,
        name="campaign-test-mail",
    ),
    path(
        "campaigns/test-link/<slug:language>/",
        test_mail.test_link,
        name="campaign-test-link",
    ),
    path(
        "campaigns/test-contacts/",
        test_mail.test_contacts,
        name="campaign-test-contacts",
    ),
    path(
        "campaigns/templates/preview/",
        mail_preview.form_preview,
        name="campaign-template-form-preview",
    ),
    path(
        "campaigns/templates/<int:pk>/preview/",
        mail_preview.template_preview,
        name="campaign-template-preview",
    ),
    path(
        "campaigns/templates/versions/<int:pk>/preview/",
        mail_preview.version_preview,
        name="campaign-template-version-preview",
    ),
    path(
        "campaigns/templates/<int:pk>/test-mail/",
        test_mail.test_template,
        name="campaign-template-test-mail",
    ),
    path("exports/", exports.export_list, name="export-list"),
    path("exports/start/", exports.export_start, name="export-start"),
    path("exports/<int:pk>/", exports.export_page, name="export"),
    path("exports/<int:pk>/progress/", exports.export_progress, name="export-progress"),
    path("exports/<int:pk>/file/", exports.export_file, name="export-file"),
    path("exports/<int:pk>/remove/", exports.export_remove, name="export-remove"),
    path("mails/", outbox.outbox, name="outbox"),
    path("mails/<int:pk>/", sent_mail.sent_mail, name="sent-mail"),
    path("mails/<int:pk>/view/", sent_mail.sent_mail_view, name="sent-mail-view"),
    path("mails/settle/", outbox.outbox_settle, name="outbox-settle"),
    path("settings/sending/", sending_settings.sending_settings, name="sending-settings"),
    path(
        "settings/sending/resume/", sending_settings.sending_resume, name="sending-resume"
    ),
    path("settings/mails-to-you/", digests.mails_to_you, name="digest"),
    path("settings/mails-to-you/look/", digests.digest_look, name="digest-look"),
    path("settings/mails-to-you/frame/", digests.digest_frame, name="digest-frame"),
    path("settings/mails-to-you/send/", digests.digest_send, name="digest-send"),
    path("settings/inbox/", inbox_settings.inbox_list, name="inbox-list"),
    path("settings/inbox/tags/<int:pk>/", inbox_settings.inbox_tag, name="inbox-tag"),
    path(
        "settings/inbox/replies/new/",
        inbox_settings.inbox_reply_new,
        name="inbox-reply-new",
    ),
    path(
        "settings/inbox/replies/<int:pk>/", inbox_settings.inbox_reply, name="inbox-reply"
    ),
    path("settings/inbox/rules/new/", inbox_settings.inbox_rule_new, name="inbox-rule-new"),
    path("settings/inbox/rules/<int:pk>/", inbox_settings.inbox_rule, name="inbox-rule"),
    path(
        "settings/inbox/rules/<int:pk>/act/",
        inbox_settings.inbox_rule_act,
        name="inbox-rule-act",
    ),
    path("contacts/<int:pk>/", contact.contact_page, name="contact"),
    path(
        "contacts/<int:pk>/answers.csv",
        card_files.contact_answers_csv,
        name="contact-answers-csv",
    ),
    path(
        "contacts/<int:pk>/answers.svg",
        card_files.contact_answers_svg,
        name="contact-answers-svg",
    ),
    path("responses/quarantine/", quarantine.quarantine_list, name="quarantine"),
    path(
        "responses/quarantine/take/",
        quarantine.quarantine_take,
        name="quarantine-take",
    ),
    path(
        "responses/quarantine/<int:pk>/",
        quarantine.quarantine_settle,
        name="quarantine-settle",
    ),
    path(
        "responses/imports/",
        import_list,
        {"kind": ImportJob.Kind.ANSWERS},
        name="response-imports",
    ),
    path(
        "responses/imports/<int:pk>/undo/",
        imports.undo_import,
        name="response-import-undo",
    ),
    path("responses/", inbox.response_list, name="response-list"),
    path("responses/bulk/", inbox_bulk.response_bulk, name="response-bulk"),
    path("responses/<int:pk>/", case.response_page, name="response"),
    path("responses/<int:pk>/act/", case.response_act, name="response-act"),
    path("responses/<int:pk>/reply/", case_mail.response_reply, name="response-reply"),
    path(
        "responses/<int:pk>/forward/", case_mail.response_forward, name="response-forward"
    ),
    path("responses/<int:pk>/again/", case_mail.response_again, name="response-again"),
]
