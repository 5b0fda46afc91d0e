"""All tables of this app. Who has run the 14 migrations that it replaces has run it."""

import django.db.models.deletion
import django.db.models.functions.text
import surveys.sending.message_ids
from django.conf import settings
from django.db import migrations, models


WORDS_INDEX = """
    CREATE INDEX surveys_words_of_answers ON surveys_response
    USING gin (to_tsvector('simple', comment))
"""


def index_words(apps, schema_editor):
    """SQLite has nothing like it: there the search reads the newest answers."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(WORDS_INDEX)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX surveys_words_of_answers")


class Migration(migrations.Migration):

    replaces = [
        ('surveys', '0001_initial'),
        ('surveys', '0002_delivery_retries_and_turns'),
        ('surveys', '0003_withdrawn'),
        ('surveys', '0004_delivery'),
        ('surveys', '0005_a_mail_repeated_with_its_key'),
        ('surveys', '0006_indexes_that_are_used'),
        ('surveys', '0007_template_version'),
        ('surveys', '0008_daily_sums'),
        ('surveys', '0009_response_deleted'),
        ('surveys', '0010_cases'),
        ('surveys', '0011_cases_of_answers'),
        ('surveys', '0012_case_mail'),
        ('surveys', '0013_rules'),
        ('surveys', '0014_index_of_comments'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0010'),
        ('campaigns', '0001_squashed_0009'),
        ('contacts', '0001_squashed_0007'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Response',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score', models.PositiveSmallIntegerField()),
                ('comment', models.TextField(blank=True, max_length=5000)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('responded_at', models.DateTimeField(help_text='When the score came first.')),
                ('updated_at', models.DateTimeField()),
                ('superseded_at', models.DateTimeField(blank=True, editable=False, help_text='When the same contact answered another survey; the latest has none.', null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='responses', to='accounts.account')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='responses', to='campaigns.campaign')),
                ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='responses', to='contacts.contact')),
            ],
            options={
                'ordering': ['-responded_at', '-id'],
                'indexes': [
                    models.Index(fields=['account', '-responded_at', '-id'], include=('score', 'superseded_at'), name='surveys_responses'),
                    models.Index(fields=['campaign', '-responded_at'], name='surveys_responses_of_campaign'),
                    models.Index(condition=models.Q(('comment', ''), _negated=True), fields=['account', '-responded_at', '-id'], name='surveys_comments'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('score__gte', 0), ('score__lte', 10)), name='surveys_response_score'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Case',
            fields=[
                ('response', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='case', serialize=False, to='surveys.response')),
                ('responded_at', models.DateTimeField(editable=False)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('settles_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cases', to='accounts.account')),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='cases', to='accounts.membership')),
            ],
            options={
                'ordering': ['-responded_at', '-response'],
                'indexes': [
                    models.Index(fields=['account', '-responded_at', '-response'], name='surveys_cases'),
                    models.Index(condition=models.Q(('closed_at', None)), fields=['account', '-responded_at', '-response'], name='surveys_cases_open'),
                    models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['account', '-responded_at', '-response'], name='surveys_cases_closed'),
                    models.Index(condition=models.Q(('assignee__isnull', False)), fields=['assignee', '-responded_at', '-response'], name='surveys_cases_assigned'),
                    models.Index(condition=models.Q(('settles_at__isnull', False)), fields=['settles_at'], name='surveys_cases_settling'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ResponseChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score', models.PositiveSmallIntegerField()),
                ('comment', models.TextField(blank=True, max_length=5000)),
                ('changed_at', models.DateTimeField(help_text='When it was replaced.')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='response_changes', to='accounts.account')),
                ('response', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='surveys.response')),
            ],
            options={
                'ordering': ['-changed_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Survey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trigger_id', models.CharField(help_text='messageId of the event that triggered it.', max_length=255)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('address_digest', models.CharField(blank=True, editable=False, max_length=64)),
                ('triggered_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField(blank=True, help_text='When the invitation was sent.', null=True)),
                ('skip_reason', models.CharField(blank=True, choices=[('throttled', 'Asked too recently'), ('suppressed', 'Must not be mailed'), ('no_address', 'No usable email address'), ('campaign_inactive', 'Campaign not live'), ('erased', 'Person erased'), ('withdrawn', 'Withdrawn by a later event')], max_length=20)),
                ('skipped_at', models.DateTimeField(blank=True, null=True)),
                ('answer_deleted_at', models.DateTimeField(blank=True, editable=False, help_text='When the respondent last deleted the answer.', null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='surveys', to='accounts.account')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='surveys', to='campaigns.campaign')),
                ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='surveys', to='contacts.contact')),
            ],
            options={
                'ordering': ['-triggered_at', '-id'],
                'indexes': [
                    models.Index(condition=models.Q(('skip_reason', '')), fields=['contact', '-due_at'], name='surveys_ask_of_contact'),
                    models.Index(condition=models.Q(('skip_reason', '')), fields=['account', 'address_digest', '-due_at'], name='surveys_ask_of_address'),
                    models.Index(condition=models.Q(('asked_at__isnull', False)), fields=['account', 'asked_at'], name='surveys_asked'),
                    models.Index(fields=['campaign', '-triggered_at'], name='surveys_of_campaign'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('campaign', 'trigger_id'), name='surveys_survey_trigger_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('skip_reason', ''), ('skipped_at', None)), models.Q(models.Q(('skip_reason', ''), _negated=True), ('skipped_at__isnull', False)), _connector='OR'), name='surveys_survey_skip_pair'),
                ],
            },
        ),
        migrations.AddField(
            model_name='response',
            name='survey',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='response', to='surveys.survey'),
        ),
        migrations.CreateModel(
            name='LinkVisit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score', models.PositiveSmallIntegerField(blank=True, help_text='The score in the link, if it had one.', null=True)),
                ('is_trap', models.BooleanField(default=False, help_text='The link that no person can see.')),
                ('visited_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='link_visits', to='accounts.account')),
                ('survey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='visits', to='surveys.survey')),
            ],
            options={
                'ordering': ['-visited_at', '-id'],
                'indexes': [
                    models.Index(fields=['survey', '-visited_at'], name='surveys_visits_of_survey'),
                    models.Index(fields=['visited_at'], name='surveys_visits_by_age'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SurveyEmail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('invitation', 'Invitation'), ('reminder', 'Reminder')], max_length=10)),
                ('status', models.CharField(choices=[('scheduled', 'Scheduled'), ('sending', 'Sending'), ('handoff', 'Handing over'), ('sent', 'Sent'), ('uncertain', 'Uncertain'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='scheduled', max_length=10)),
                ('due_at', models.DateTimeField()),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('email_message_id', models.CharField(default=surveys.sending.message_ids.new_email_message_id, editable=False, max_length=255, unique=True)),
                ('provider_message_id', models.CharField(blank=True, max_length=255)),
                ('repeating_since', models.DateTimeField(blank=True, editable=False, help_text='When it may first have left, while it is repeated with the same key.', null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('delivered', 'Delivered'), ('deferred', 'Deferred'), ('bounced', 'Bounced'), ('rejected', 'Rejected'), ('complained', 'Complained'), ('unsubscribed', 'Unsubscribed')], help_text='What the provider said became of it.', max_length=12)),
                ('outcome_at', models.DateTimeField(blank=True, null=True)),
                ('outcome_detail', models.CharField(blank=True, max_length=300)),
                ('left_at', models.DateTimeField(blank=True, help_text='When somebody decided to leave an uncertain or failed mail as it is.', null=True)),
                ('failing_since', models.DateTimeField(blank=True, help_text='The first of the refusals that did not last; retries end 72 h later.', null=True)),
                ('error', models.CharField(blank=True, help_text='What the last attempt ran into.', max_length=500)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='survey_emails', to='accounts.account')),
                ('survey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='emails', to='surveys.survey')),
                ('template_version', models.ForeignKey(blank=True, db_index=False, editable=False, help_text='The words it left with, from its handoff on.', null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='campaigns.templateversion')),
            ],
            options={
                'ordering': ['-due_at', '-id'],
                'indexes': [
                    models.Index(condition=models.Q(('status', 'scheduled')), fields=['due_at', 'id'], name='surveys_email_due'),
                    models.Index(condition=models.Q(('status', 'scheduled')), fields=['account', 'due_at', 'id'], name='surveys_email_due_by_account'),
                    models.Index(condition=models.Q(('lease_until__isnull', False)), fields=['lease_until'], name='surveys_email_leased'),
                    models.Index(condition=models.Q(('sent_at__isnull', False)), fields=['account', 'sent_at'], name='surveys_email_left'),
                    models.Index(condition=models.Q(models.Q(('status', 'uncertain'), ('status', 'failed'), _connector='OR'), ('left_at', None)), fields=['account', '-due_at'], name='surveys_email_unsettled'),
                    models.Index(condition=models.Q(('provider_message_id', ''), _negated=True), fields=['provider_message_id'], name='surveys_email_by_provider_id'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('survey', 'kind'), name='surveys_email_kind_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('status__in', ['sending', 'handoff'])), models.Q(models.Q(('status__in', ['sending', 'handoff']), _negated=True), ('lease_until__isnull', True)), _connector='OR'), name='surveys_email_claimed_has_lease'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'sent'), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='surveys_email_sent_has_time'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SuspectAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score', models.PositiveSmallIntegerField()),
                ('comment', models.TextField(blank=True, max_length=5000)),
                ('reason', models.CharField(choices=[('trap', 'A link was opened that no person can see'), ('many_scores', 'Several scores were opened within seconds'), ('too_fast', 'Answered faster than a person could')], max_length=12)),
                ('answered_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('waiting', 'In quarantine'), ('taken', 'Taken as an answer'), ('dropped', 'Dropped'), ('replaced', 'The person answered themselves')], default='waiting', max_length=10)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='suspect_answers', to='accounts.account')),
                ('survey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='suspect_answers', to='surveys.survey')),
            ],
            options={
                'ordering': ['-answered_at', '-id'],
                'indexes': [
                    models.Index(condition=models.Q(('status', 'waiting')), fields=['account', '-answered_at'], name='surveys_suspects_waiting'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('settled_at', None), ('status', 'waiting')), models.Q(models.Q(('status', 'waiting'), _negated=True), ('settled_at__isnull', False)), _connector='OR'), name='surveys_suspect_settled_pair'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tags', to='accounts.account')),
            ],
            options={
                'ordering': ['name', 'id'],
                'constraints': [
                    models.UniqueConstraint(models.F('account'), django.db.models.functions.text.Lower('name'), name='surveys_tag_once', violation_error_message='There is a tag with this name. Merge the two.'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('position', models.PositiveIntegerField(default=0, editable=False)),
                ('is_enabled', models.BooleanField(default=True, verbose_name='Enabled')),
                ('band', models.CharField(blank=True, choices=[('promoter', 'promoters'), ('passive', 'passives'), ('detractor', 'detractors')], max_length=10, verbose_name='Score is')),
                ('attribute', models.CharField(blank=True, max_length=150, verbose_name='attribute')),
                ('value', models.CharField(blank=True, help_text='As it was when they answered.', max_length=200, verbose_name='is')),
                ('words', models.CharField(blank=True, help_text='Separated by commas: refund, money back', max_length=500, verbose_name='comment has one of')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='accounts.account')),
                ('assign_to', models.ForeignKey(blank=True, help_text='Unless it is somebody’s already.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='given_by_rules', to='accounts.membership', verbose_name='give it to')),
                ('notify', models.ManyToManyField(blank=True, related_name='told_by_rules', to='accounts.membership', verbose_name='tell by mail')),
                ('add_tags', models.ManyToManyField(blank=True, related_name='given_by_rules', to='surveys.tag', verbose_name='add the tags')),
                ('if_tag', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='asked_for_by', to='surveys.tag', verbose_name='has the tag')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='CannedReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('text', models.TextField(help_text='Placeholders as in survey mails, such as {{ contact.first_name|default:"there" }}', max_length=5000)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='canned_replies', to='accounts.account')),
            ],
            options={
                'verbose_name_plural': 'canned replies',
                'ordering': ['name', 'id'],
                'constraints': [models.UniqueConstraint(fields=('account', 'name'), name='surveys_canned_reply_once', violation_error_message='There is a reply with this name.')],
            },
        ),
        migrations.CreateModel(
            name='CaseEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('note', 'wrote a note'), ('closed', 'closed it'), ('reopened', 'opened it again'), ('changed', 'The answer was changed, so it is open again.'), ('assigned', 'gave it to'), ('unassigned', 'took it from'), ('tagged', 'added the tag'), ('untagged', 'took off the tag'), ('replied', 'replied'), ('not_sent', 'The reply could not be sent, so this is open.'), ('forwarded', 'forwarded it to'), ('notified', 'told'), ('rule', 'held')], max_length=10)),
                ('text', models.TextField(blank=True, max_length=5000)),
                ('about', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='case_events', to='accounts.account')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rule', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='surveys.rule')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='surveys.case')),
            ],
            options={
                'ordering': ['at', 'id'],
                'indexes': [
                    models.Index(fields=['case', 'at'], name='surveys_events_of_case'),
                ],
            },
        ),
        migrations.AddField(
            model_name='case',
            name='tags',
            field=models.ManyToManyField(blank=True, related_name='cases', to='surveys.tag'),
        ),
        migrations.CreateModel(
            name='CaseMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Sending'), ('sent', 'Sent'), ('uncertain', 'Uncertain'), ('failed', 'Failed')], default='waiting', max_length=10)),
                ('due_at', models.DateTimeField()),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('kind', models.CharField(choices=[('reply', 'Reply'), ('forward', 'Forward'), ('notice', 'Notice')], max_length=10)),
                ('to', models.JSONField(default=list)),
                ('from_name', models.CharField(max_length=200)),
                ('reply_to', models.EmailField(blank=True, max_length=254)),
                ('subject', models.CharField(max_length=300)),
                ('words', models.TextField(blank=True, max_length=10000)),
                ('text', models.TextField()),
                ('email_message_id', models.CharField(default=surveys.sending.message_ids.new_email_message_id, editable=False, max_length=255)),
                ('in_reply_to', models.CharField(blank=True, max_length=255)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='case_mails', to='accounts.account')),
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mail', to='surveys.caseevent')),
            ],
            options={
                'ordering': ['-due_at', '-id'],
                'indexes': [models.Index(condition=models.Q(('status', 'waiting')), fields=['due_at', 'id'], name='surveys_case_mail_due'), models.Index(condition=models.Q(('status', 'sending')), fields=['lease_until'], name='surveys_case_mail_leased')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('status', 'sending')), models.Q(models.Q(('status', 'sending'), _negated=True), ('lease_until', None)), _connector='OR'), name='surveys_case_mail_claimed_has_lease')],
            },
        ),
        migrations.CreateModel(
            name='DailyCohort',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(blank=True, max_length=255)),
                ('value', models.CharField(blank=True, max_length=200)),
                ('day', models.DateField()),
                ('asked', models.PositiveIntegerField(default=0)),
                ('bounced', models.PositiveIntegerField(default=0)),
                ('answered', models.PositiveIntegerField(default=0)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='campaigns.campaign')),
            ],
            options={
                'ordering': ['account', 'day'],
                'constraints': [models.UniqueConstraint(fields=('account', 'key', 'day', 'campaign', 'value'), name='surveys_daily_cohort_once')],
            },
        ),
        migrations.CreateModel(
            name='DailyScores',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(blank=True, max_length=255)),
                ('value', models.CharField(blank=True, max_length=200)),
                ('day', models.DateField()),
                ('is_latest', models.BooleanField(default=False)),
                ('s0', models.PositiveIntegerField(default=0)),
                ('s1', models.PositiveIntegerField(default=0)),
                ('s2', models.PositiveIntegerField(default=0)),
                ('s3', models.PositiveIntegerField(default=0)),
                ('s4', models.PositiveIntegerField(default=0)),
                ('s5', models.PositiveIntegerField(default=0)),
                ('s6', models.PositiveIntegerField(default=0)),
                ('s7', models.PositiveIntegerField(default=0)),
                ('s8', models.PositiveIntegerField(default=0)),
                ('s9', models.PositiveIntegerField(default=0)),
                ('s10', models.PositiveIntegerField(default=0)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='campaigns.campaign')),
            ],
            options={
                'ordering': ['account', 'day'],
                'indexes': [models.Index(fields=['account', 'key', 'is_latest', 'day'], name='surveys_daily_scores')],
                'constraints': [models.UniqueConstraint(fields=('account', 'key', 'day', 'campaign', 'value', 'is_latest'), name='surveys_daily_scores_once')],
            },
        ),
        migrations.CreateModel(
            name='DirtyDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('marked_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dirty_days', to='accounts.account')),
            ],
            options={
                'ordering': ['account', 'day'],
                'constraints': [models.UniqueConstraint(fields=('account', 'day'), name='surveys_dirty_day_once')],
            },
        ),
        migrations.CreateModel(
            name='ForwardedResponse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Sending'), ('sent', 'Sent'), ('uncertain', 'Uncertain'), ('failed', 'Failed')], default='waiting', max_length=10)),
                ('due_at', models.DateTimeField()),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='forwarded_responses', to='accounts.account')),
                ('response', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='forward', to='surveys.response')),
            ],
            options={
                'ordering': ['-due_at', '-id'],
                'indexes': [models.Index(condition=models.Q(('status', 'waiting')), fields=['due_at', 'id'], name='surveys_forward_due'), models.Index(condition=models.Q(('status', 'sending')), fields=['lease_until'], name='surveys_forward_leased')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('status', 'sending')), models.Q(models.Q(('status', 'sending'), _negated=True), ('lease_until', None)), _connector='OR'), name='surveys_forward_claimed_has_lease')],
            },
        ),
        migrations.CreateModel(
            name='Rollup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(blank=True, max_length=255)),
                ('zone', models.CharField(max_length=64)),
                ('through', models.DateField(blank=True, null=True)),
                ('has_many_values', models.BooleanField(default=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rollups', to='accounts.account')),
            ],
            options={
                'ordering': ['account', 'key'],
                'constraints': [models.UniqueConstraint(fields=('account', 'key'), name='surveys_rollup_once')],
            },
        ),
        migrations.RunPython(index_words, drop_index),
    ]
