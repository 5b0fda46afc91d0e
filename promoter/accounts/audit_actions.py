"""What the audit log knows of: each act with its sentence.

A sentence goes on after the person's name. `{target}` is the thing's name in quotation
marks; other names come out of the event's details. The code's part before the dot is the
kind by which the page filters.
"""

from __future__ import annotations

from django.db.models import TextChoices


class Action(TextChoices):
    """The code is stored for ever: it is never renamed."""

    CAMPAIGN_CREATED = "campaign.created", "began the campaign {target}"
    CAMPAIGN_ACTIVATED = "campaign.activated", "activated the campaign {target}"
    CAMPAIGN_PAUSED = "campaign.paused", "paused the campaign {target}"
    CAMPAIGN_RESUMED = "campaign.resumed", "resumed the campaign {target}"
    CAMPAIGN_KEPT_PAUSED = (
        "campaign.kept_paused",
        "let the campaign {target}, which had paused itself, stay paused",
    )
    CAMPAIGN_TURNED_ACTIVE = (
        "campaign.turned_active",
        "turned the campaign {target} active with the first that matched",
    )
    CAMPAIGN_PAUSED_ITSELF = (
        "campaign.paused_itself",
        "paused the campaign {target}: {because}",
    )
    CAMPAIGN_COMPLETED = "campaign.completed", "completed the campaign {target}"
    CAMPAIGN_CHANGED = "campaign.changed", "changed the campaign {target}"
    CAMPAIGN_DUPLICATED = "campaign.duplicated", "duplicated the campaign {target}"
    CAMPAIGN_DELETED = "campaign.deleted", "deleted the draft {target}"
    TEMPLATE_CREATED = "template.created", "wrote the template {target}"
    TEMPLATE_CHANGED = "template.changed", "changed the template {target}"
    TEMPLATE_DELETED = "template.deleted", "deleted the template {target}"
    THROTTLE_CREATED = "throttle.created", "made the throttle {target}"
    THROTTLE_CHANGED = "throttle.changed", "changed the throttle {target}"
    THROTTLE_DELETED = "throttle.deleted", "deleted the throttle {target}"
    LIST_CREATED = "list.created", "made the list {target}"
    LIST_RENAMED = "list.renamed", "renamed a list to {target}"
    LIST_DELETED = "list.deleted", "deleted the list {target}"
    LIST_FILLED = "list.filled", "added contacts to the list {target} ({count})"
    LIST_EMPTIED = "list.emptied", "took contacts out of the list {target} ({count})"
    CONTACT_CREATED = "contact.created", "added a contact"
    CONTACT_CHANGED = "contact.changed", "changed a contact"
    CONTACT_STOPPED = "contact.stopped", "stopped the mail to a contact"
    CONTACTS_STOPPED = "contact.many_stopped", "stopped the mail to contacts ({count})"
    CONTACTS_ERASED = "contact.many_erased", "had contacts erased ({count})"
    CONTACT_ERASED = "contact.erased", "erased a contact"
    CONTACT_COPIED = "contact.copied", "downloaded everything about a contact"
    CONTACTS_EXPORTED = "contact.exported", "exported contacts"
    CONTACTS_IMPORTED = "contact.imported", "imported contacts from {target}"
    IMPORT_CANCELLED = "contact.import_cancelled", "cancelled the import of {target}"
    SUPPRESSION_ADDED = "suppression.added", "added to who must not be mailed ({count})"
    SUPPRESSION_LIFTED = "suppression.lifted", "let an address be mailed again"
    SUPPRESSION_EXPORTED = "suppression.exported", "exported who must not be mailed"
    SUPPRESSION_IMPORTED = (
        "suppression.imported",
        "imported who must not be mailed from {target}",
    )
    RESPONSES_EXPORTED = "export.responses", "exported responses"
    SURVEYS_EXPORTED = "export.surveys", "exported surveys"
    EXPORT_TAKEN = "export.downloaded", "downloaded a kept export: {target}"
    EXPORT_REMOVED = "export.removed", "removed a kept export: {target}"
    ANSWER_TAKEN = "answer.taken", "let a suspicious answer count"
    ANSWER_DROPPED = "answer.dropped", "dropped a suspicious answer"
    TAG_RENAMED = "inbox.tag_renamed", "renamed a tag to {target}"
    TAG_MERGED = "inbox.tag_merged", "merged the tag {target} into “{into}”"
    TAG_DELETED = "inbox.tag_deleted", "deleted the tag {target}"
    REPLY_DELETED = "inbox.reply_deleted", "deleted the ready reply {target}"
    RULE_CREATED = "inbox.rule_created", "made the rule {target}"
    RULE_CHANGED = "inbox.rule_changed", "changed the rule {target}"
    RULE_DELETED = "inbox.rule_deleted", "deleted the rule {target}"
    MAIL_AGAIN = "mail.again", "had mail that needed a look sent again ({count})"
    MAIL_LEFT = "mail.left", "left mail that needed a look as it was ({count})"
    MAIL_RESUMED = "mail.resumed", "had the mail server tried again"
    REPLAY_SENT = "replay.sent", "asked the people of a replay for {target}"
    REPLAY_STOPPED = "replay.stopped", "stopped a replay for {target}"
    KEY_CREATED = "key.created", "made the API key {target}"
    KEY_RENAMED = "key.renamed", "renamed an API key to {target}"
    KEY_WEBSITES = "key.websites_changed", "changed the websites of the API key {target}"
    KEY_REVOKED = "key.revoked", "revoked the API key {target}"
    CONNECTION_CREATED = "key.connection_created", "made the connection {target}"
    CONNECTION_CHANGED = "key.connection_changed", "changed the connection {target}"
    CONNECTION_REVOKED = "key.connection_revoked", "revoked the connection {target}"
    WEBHOOK_CREATED = "webhook.created", "had {target} told what happens"
    WEBHOOK_CHANGED = "webhook.changed", "changed the webhook of {target}"
    WEBHOOK_SECRET = "webhook.secret", "gave the webhook of {target} a new secret"
    WEBHOOK_OFF = "webhook.off", "switched the webhook of {target} off"
    WEBHOOK_ON = "webhook.on", "switched the webhook of {target} on"
    WEBHOOK_DELETED = "webhook.deleted", "deleted the webhook of {target}"
    SETTINGS_CHANGED = "settings.changed", "changed the account’s settings"
    SENDING_CHANGED = "settings.sending_changed", "changed how mail is sent"
    LOG_EXPORTED = "settings.log_exported", "exported the audit log"
    DOMAIN_CHECKED = "settings.domain_checked", "had the sending address checked"
    CHECKLIST_DISMISSED = "settings.checklist_dismissed", "put the first steps away"
    CHECKLIST_SHOWN = "settings.checklist_shown", "had the first steps shown again"
    ACCOUNT_CREATED = "people.account_created", "opened the account"
    PERSON_INVITED = "people.invited", "invited {target} as {role}"
    INVITATION_WITHDRAWN = "people.withdrawn", "withdrew the invitation of {target}"
    PERSON_JOINED = "people.joined", "came in as {role}"
    ROLE_CHANGED = "people.role_changed", "made {target} {role}"
    PERSON_REMOVED = "people.removed", "took {target} out of the account"
    PERSON_LEFT = "people.left", "left the account"


# The kind that a code begins with -> what the filter calls it.
KINDS = {
    "campaign": "Campaigns",
    "template": "Templates",
    "throttle": "Throttles",
    "list": "Lists",
    "contact": "Contacts",
    "suppression": "Who must not be mailed",
    "export": "Exports of results",
    "answer": "Suspicious answers",
    "inbox": "Inbox",
    "mail": "Mail that needs a look",
    "replay": "Replays",
    "key": "Keys and connections",
    "webhook": "Webhooks",
    "settings": "Settings",
    "people": "People",
}
