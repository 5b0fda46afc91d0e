"""What the audit log knows of: each act with its sentence.

A sentence goes on after the person's name. `{target}` is the thing's name in quotation
marks; other names come out of the event's details. The code's part before the dot is the
kind by which the page filters.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Action(TextChoices):
    """The code is stored for ever: it is never renamed."""

    CAMPAIGN_CREATED = "campaign.created", _("began the campaign {target}")
    CAMPAIGN_ACTIVATED = "campaign.activated", _("activated the campaign {target}")
    CAMPAIGN_PAUSED = "campaign.paused", _("paused the campaign {target}")
    CAMPAIGN_RESUMED = "campaign.resumed", _("resumed the campaign {target}")
    CAMPAIGN_KEPT_PAUSED = (
        "campaign.kept_paused",
        _("let the campaign {target}, which had paused itself, stay paused"),
    )
    CAMPAIGN_TURNED_ACTIVE = (
        "campaign.turned_active",
        _("turned the campaign {target} active with the first that matched"),
    )
    CAMPAIGN_PAUSED_ITSELF = (
        "campaign.paused_itself",
        _("paused the campaign {target}: {because}"),
    )
    CAMPAIGN_COMPLETED = "campaign.completed", _("completed the campaign {target}")
    CAMPAIGN_CHANGED = "campaign.changed", _("changed the campaign {target}")
    CAMPAIGN_DUPLICATED = "campaign.duplicated", _("duplicated the campaign {target}")
    CAMPAIGN_DELETED = "campaign.deleted", _("deleted the draft {target}")
    TEMPLATE_CREATED = "template.created", _("wrote the template {target}")
    TEMPLATE_CHANGED = "template.changed", _("changed the template {target}")
    TEMPLATE_DELETED = "template.deleted", _("deleted the template {target}")
    THROTTLE_CREATED = "throttle.created", _("made the throttle {target}")
    THROTTLE_CHANGED = "throttle.changed", _("changed the throttle {target}")
    THROTTLE_DELETED = "throttle.deleted", _("deleted the throttle {target}")
    LIST_CREATED = "list.created", _("made the list {target}")
    LIST_RENAMED = "list.renamed", _("renamed a list to {target}")
    LIST_DELETED = "list.deleted", _("deleted the list {target}")
    LIST_FILLED = "list.filled", _("added contacts to the list {target} ({count})")
    LIST_EMPTIED = "list.emptied", _("took contacts out of the list {target} ({count})")
    CONTACT_CREATED = "contact.created", _("added a contact")
    CONTACT_CHANGED = "contact.changed", _("changed a contact")
    CONTACT_STOPPED = "contact.stopped", _("stopped the mail to a contact")
    CONTACTS_STOPPED = "contact.many_stopped", _("stopped the mail to contacts ({count})")
    CONTACTS_ERASED = "contact.many_erased", _("had contacts erased ({count})")
    CONTACT_ERASED = "contact.erased", _("erased a contact")
    CONTACT_COPIED = "contact.copied", _("downloaded everything about a contact")
    CONTACTS_EXPORTED = "contact.exported", _("exported contacts")
    CONTACTS_IMPORTED = "contact.imported", _("imported contacts from {target}")
    IMPORT_CANCELLED = "contact.import_cancelled", _("cancelled the import of {target}")
    SUPPRESSION_ADDED = "suppression.added", _("added to who must not be mailed ({count})")
    SUPPRESSION_LIFTED = "suppression.lifted", _("let an address be mailed again")
    SUPPRESSION_EXPORTED = "suppression.exported", _("exported who must not be mailed")
    SUPPRESSION_IMPORTED = (
        "suppression.imported",
        _("imported who must not be mailed from {target}"),
    )
    RESPONSES_EXPORTED = "export.responses", _("exported responses")
    SURVEYS_EXPORTED = "export.surveys", _("exported surveys")
    EXPORT_TAKEN = "export.downloaded", _("downloaded a kept export: {target}")
    EXPORT_REMOVED = "export.removed", _("removed a kept export: {target}")
    ANSWERS_IMPORTED = "answer.imported", _("imported past answers from {target}")
    ANSWERS_TAKEN_BACK = "answer.import_undone", _("undid the import of {target}")
    ANSWER_TAKEN = "answer.taken", _("let a suspicious answer count")
    ANSWER_DROPPED = "answer.dropped", _("dropped a suspicious answer")
    TAG_RENAMED = "inbox.tag_renamed", _("renamed a tag to {target}")
    TAG_MERGED = "inbox.tag_merged", _("merged the tag {target} into “{into}”")
    TAG_DELETED = "inbox.tag_deleted", _("deleted the tag {target}")
    REPLY_DELETED = "inbox.reply_deleted", _("deleted the ready reply {target}")
    RULE_CREATED = "inbox.rule_created", _("made the rule {target}")
    RULE_CHANGED = "inbox.rule_changed", _("changed the rule {target}")
    RULE_DELETED = "inbox.rule_deleted", _("deleted the rule {target}")
    MAIL_AGAIN = "mail.again", _("had mail that needed a look sent again ({count})")
    MAIL_LEFT = "mail.left", _("left mail that needed a look as it was ({count})")
    MAIL_RESUMED = "mail.resumed", _("had the mail server tried again")
    MAIL_STOPPED = "mail.stopped", _("stopped the account’s survey mail")
    MAIL_LET_GO = "mail.let_go", _("let the account’s survey mail go again")
    REPLAY_SENT = "replay.sent", _("asked the people of a replay for {target}")
    REPLAY_STOPPED = "replay.stopped", _("stopped a replay for {target}")
    KEY_CREATED = "key.created", _("made the API key {target}")
    KEY_RENAMED = "key.renamed", _("renamed an API key to {target}")
    KEY_WEBSITES = (
        "key.websites_changed",
        _("changed the websites of the API key {target}"),
    )
    KEY_REVOKED = "key.revoked", _("revoked the API key {target}")
    CONNECTION_CREATED = "key.connection_created", _("made the connection {target}")
    CONNECTION_CHANGED = "key.connection_changed", _("changed the connection {target}")
    CONNECTION_REVOKED = "key.connection_revoked", _("revoked the connection {target}")
    WEBHOOK_CREATED = "webhook.created", _("had {target} told what happens")
    WEBHOOK_CHANGED = "webhook.changed", _("changed the webhook of {target}")
    WEBHOOK_SECRET = "webhook.secret", _("gave the webhook of {target} a new secret")
    WEBHOOK_OFF = "webhook.off", _("switched the webhook of {target} off")
    WEBHOOK_ON = "webhook.on", _("switched the webhook of {target} on")
    WEBHOOK_DELETED = "webhook.deleted", _("deleted the webhook of {target}")
    SETTINGS_CHANGED = "settings.changed", _("changed the account’s settings")
    SENDING_CHANGED = "settings.sending_changed", _("changed how mail is sent")
    LOG_EXPORTED = "settings.log_exported", _("exported the audit log")
    DOMAIN_CHECKED = "settings.domain_checked", _("had the sending address checked")
    CHECKLIST_DISMISSED = "settings.checklist_dismissed", _("put the first steps away")
    CHECKLIST_SHOWN = "settings.checklist_shown", _("had the first steps shown again")
    ACCOUNT_CREATED = "people.account_created", _("opened the account")
    ACCOUNT_SUSPENDED = "people.account_suspended", _("suspended the account")
    ACCOUNT_RESUMED = "people.account_resumed", _("ended the account’s suspension")
    PERSON_INVITED = "people.invited", _("invited {target} as {role}")
    INVITATION_WITHDRAWN = "people.withdrawn", _("withdrew the invitation of {target}")
    PERSON_JOINED = "people.joined", _("came in as {role}")
    ROLE_CHANGED = "people.role_changed", _("made {target} {role}")
    PERSON_REMOVED = "people.removed", _("took {target} out of the account")
    PERSON_LEFT = "people.left", _("left the account")


# The kind that a code begins with -> what the filter calls it.
KINDS = {
    "campaign": _("Campaigns"),
    "template": _("Templates"),
    "throttle": _("Throttles"),
    "list": _("Lists"),
    "contact": _("Contacts"),
    "suppression": _("Who must not be mailed"),
    "export": _("Exports of results"),
    "answer": _("Imported and suspicious answers"),
    "inbox": _("Inbox"),
    "mail": _("Mail that needs a look"),
    "replay": _("Replays"),
    "key": _("Keys and connections"),
    "webhook": _("Webhooks"),
    "settings": _("Settings"),
    "people": _("People"),
}
