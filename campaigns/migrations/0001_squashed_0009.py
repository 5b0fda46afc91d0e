"""All tables of this app. Who has run the 9 migrations that it replaces has run it."""

import campaigns.languages
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import promoter.accounts.send_window
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('campaigns', '0001_initial'),
        ('campaigns', '0002_kind_and_setup_steps'),
        ('campaigns', '0003_segment_options'),
        ('campaigns', '0004_delivery'),
        ('campaigns', '0005_self_paused'),
        ('campaigns', '0006_template_language'),
        ('campaigns', '0007_template_versions'),
        ('campaigns', '0008_template_look_and_thanks'),
        ('campaigns', '0009_logos'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0010'),
        ('contacts', '0001_squashed_0007'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Logo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(help_text='SHA-256 of the content, in hex.', max_length=64)),
                ('content', models.BinaryField()),
                ('content_type', models.CharField(choices=[('image/png', 'image/png'), ('image/jpeg', 'image/jpeg')], max_length=10)),
                ('width', models.PositiveSmallIntegerField()),
                ('height', models.PositiveSmallIntegerField()),
                ('plate', models.CharField(choices=[('none', 'None'), ('light', 'Light, in dark schemes'), ('dark', 'Dark, in light schemes')], default='none', help_text='What a transparent logo needs behind it to be seen everywhere.', max_length=5)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='logos', to='accounts.account')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'constraints': [
                    models.UniqueConstraint(fields=('digest', 'account'), name='campaigns_logo_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='EmailTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thank_you', models.TextField(blank=True, help_text='Stands on the page after the answer.', max_length=2000)),
                ('promoter_thanks', models.TextField(blank=True, max_length=2000)),
                ('promoter_link_label', models.CharField(blank=True, max_length=60)),
                ('promoter_link_url', models.CharField(blank=True, max_length=500)),
                ('passive_thanks', models.TextField(blank=True, max_length=2000)),
                ('passive_link_label', models.CharField(blank=True, max_length=60)),
                ('passive_link_url', models.CharField(blank=True, max_length=500)),
                ('detractor_thanks', models.TextField(blank=True, max_length=2000)),
                ('detractor_link_label', models.CharField(blank=True, max_length=60)),
                ('detractor_link_url', models.CharField(blank=True, max_length=500)),
                ('subject', models.CharField(max_length=200)),
                ('preheader', models.CharField(blank=True, max_length=200)),
                ('from_name', models.CharField(blank=True, max_length=120)),
                ('reply_to', models.EmailField(blank=True, max_length=254)),
                ('brand', models.CharField(help_text='The company, brand or product that the question asks about.', max_length=120)),
                ('language', models.CharField(choices=campaigns.languages.language_choices, default='en', help_text='Of our own sentences in the mail and on the page behind it.', max_length=12)),
                ('intro', models.TextField(blank=True, help_text='Stands above the scale.', max_length=2000)),
                ('reminder_subject', models.CharField(blank=True, help_text='Empty: the subject with “Reminder:”.', max_length=200)),
                ('reminder_intro', models.TextField(blank=True, help_text='Empty: the intro under our own sentence.', max_length=2000)),
                ('accent', models.CharField(default='#0f766e', help_text='The colour of numbers, buttons and links, as #rrggbb.', max_length=7)),
                ('name', models.CharField(max_length=120)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='email_templates', to='accounts.account')),
                ('logo', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='campaigns.logo')),
            ],
            options={
                'ordering': ['name', 'id'],
                'constraints': [
                    models.UniqueConstraint(fields=('account', 'name'), name='campaigns_template_name_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TemplateVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thank_you', models.TextField(blank=True, help_text='Stands on the page after the answer.', max_length=2000)),
                ('promoter_thanks', models.TextField(blank=True, max_length=2000)),
                ('promoter_link_label', models.CharField(blank=True, max_length=60)),
                ('promoter_link_url', models.CharField(blank=True, max_length=500)),
                ('passive_thanks', models.TextField(blank=True, max_length=2000)),
                ('passive_link_label', models.CharField(blank=True, max_length=60)),
                ('passive_link_url', models.CharField(blank=True, max_length=500)),
                ('detractor_thanks', models.TextField(blank=True, max_length=2000)),
                ('detractor_link_label', models.CharField(blank=True, max_length=60)),
                ('detractor_link_url', models.CharField(blank=True, max_length=500)),
                ('subject', models.CharField(max_length=200)),
                ('preheader', models.CharField(blank=True, max_length=200)),
                ('from_name', models.CharField(blank=True, max_length=120)),
                ('reply_to', models.EmailField(blank=True, max_length=254)),
                ('brand', models.CharField(help_text='The company, brand or product that the question asks about.', max_length=120)),
                ('language', models.CharField(choices=campaigns.languages.language_choices, default='en', help_text='Of our own sentences in the mail and on the page behind it.', max_length=12)),
                ('intro', models.TextField(blank=True, help_text='Stands above the scale.', max_length=2000)),
                ('reminder_subject', models.CharField(blank=True, help_text='Empty: the subject with “Reminder:”.', max_length=200)),
                ('reminder_intro', models.TextField(blank=True, help_text='Empty: the intro under our own sentence.', max_length=2000)),
                ('accent', models.CharField(default='#0f766e', help_text='The colour of numbers, buttons and links, as #rrggbb.', max_length=7)),
                ('number', models.PositiveIntegerField(help_text='Counts up from 1 in each template.')),
                ('created_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='template_versions', to='accounts.account')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('logo', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='campaigns.logo')),
                ('template', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='versions', to='campaigns.emailtemplate')),
            ],
            options={
                'ordering': ['-number', '-id'],
                'constraints': [
                    models.UniqueConstraint(fields=('template', 'number'), name='campaigns_version_number_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Throttle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('days', models.PositiveSmallIntegerField(help_text='Days of 24 hours between two surveys of one contact.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)])),
                ('scope', models.CharField(choices=[('campaign', 'This campaign'), ('account', 'All campaigns of the account')], default='account', max_length=10)),
                ('defer_days', models.PositiveSmallIntegerField(default=0, help_text='How many days a throttled survey may wait for its turn; 0 skips it.', validators=[django.core.validators.MaxValueValidator(30)])),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='throttles', to='accounts.account')),
            ],
            options={
                'ordering': ['name', 'id'],
                'constraints': [
                    models.UniqueConstraint(fields=('account', 'name'), name='campaigns_throttle_name_once'),
                    models.CheckConstraint(condition=models.Q(('days__gte', 1), ('days__lte', 365)), name='campaigns_throttle_days'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('send_days', models.JSONField(blank=True, default=list, help_text='0 is Monday; empty for every day.', validators=[promoter.accounts.send_window.validate_weekdays])),
                ('send_from', models.TimeField(blank=True, help_text='Empty: from 00:00 on.', null=True)),
                ('send_until', models.TimeField(blank=True, help_text='Empty: to midnight.', null=True)),
                ('kind', models.CharField(choices=[('segment', 'Segment'), ('one_time', 'One time to a list'), ('recurring', 'Recurring to a list'), ('api', 'API')], default='segment', help_text='What starts a survey. Segment: a track event of somebody identified.', max_length=10)),
                ('name', models.CharField(max_length=120)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('ready', 'Ready'), ('active', 'Active'), ('paused', 'Paused'), ('complete', 'Complete')], default='draft', max_length=10)),
                ('setup_steps', models.JSONField(blank=True, default=list, editable=False, help_text="Keys of the wizard's steps that were saved; see campaigns.setup.wizard.")),
                ('event_name', models.CharField(blank=True, help_text='The track event that triggers a survey; it must match exactly.', max_length=255)),
                ('delivery_delay', models.PositiveSmallIntegerField(default=0, help_text='Days of 24 hours from the event to the mail; 0 sends at once.', validators=[django.core.validators.MaxValueValidator(365)])),
                ('reminder_after', models.PositiveSmallIntegerField(blank=True, help_text='Days from the mail to its one reminder; empty for no reminder.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)])),
                ('start_at', models.DateTimeField(blank=True, help_text='When a campaign to a list begins; empty for at once.', null=True)),
                ('spread_days', models.PositiveSmallIntegerField(default=0, help_text='Over how many days a list is asked, evenly; 0 asks all at once.', validators=[django.core.validators.MaxValueValidator(365)])),
                ('repeat_days', models.PositiveSmallIntegerField(blank=True, help_text='How often a recurring campaign asks each contact, in days of 24 hours.', null=True, validators=[django.core.validators.MinValueValidator(30), django.core.validators.MaxValueValidator(365)])),
                ('enrolled_to', models.BigIntegerField(default=0, editable=False, help_text='The last place in the list that the campaign has come to.')),
                ('enrolled_at', models.DateTimeField(blank=True, editable=False, help_text='When it had come to the end.', null=True)),
                ('forward_to', models.JSONField(blank=True, default=list, help_text='Addresses that each answer is mailed to.')),
                ('forward_when', models.CharField(choices=[('always', 'Every answer'), ('detractors', 'Scores 0 to 6'), ('comments', 'Answers with a comment')], default='always', max_length=12)),
                ('hold_hours', models.PositiveSmallIntegerField(default=0, help_text="How long an event of somebody not identified yet waits for the identify; 0 sends nothing, as Segment's rule says.", validators=[django.core.validators.MaxValueValidator(24)])),
                ('sample_percent', models.PositiveSmallIntegerField(default=100, help_text='How many of a hundred matching events ask; 100 asks for each.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)])),
                ('conditions', models.JSONField(blank=True, default=list, help_text='What must hold of the event or the contact; see campaigns.conditions.')),
                ('cancel_event', models.CharField(blank=True, help_text='A track event that withdraws a survey which was not sent yet.', max_length=255)),
                ('paused_because', models.CharField(blank=True, editable=False, help_text='Why the campaign paused itself; empty when a person did.', max_length=300)),
                ('burst_allowed_until', models.DateTimeField(blank=True, editable=False, help_text='Until then a person has allowed more surveys than usual.', null=True)),
                ('pause_told_at', models.DateTimeField(blank=True, editable=False, help_text='When the owners were told why.', null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('activated_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('first_event_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='campaigns', to='accounts.account')),
                ('contact_list', models.ForeignKey(blank=True, help_text='Contacts are added to it as they are surveyed; it may start empty.', null=True, on_delete=django.db.models.deletion.PROTECT, to='contacts.contactlist')),
                ('email_template', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='campaigns.emailtemplate')),
                ('throttle', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='campaigns.throttle')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'indexes': [
                    models.Index(condition=models.Q(('status__in', ['ready', 'active'])), fields=['account', 'event_name'], name='campaigns_live_by_event'),
                    models.Index(condition=models.Q(('status__in', ['ready', 'active']), models.Q(('cancel_event', ''), _negated=True)), fields=['account', 'cancel_event'], name='campaigns_live_by_cancel_event'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('account', 'name'), name='campaigns_campaign_name_once'),
                    models.CheckConstraint(condition=models.Q(('status', 'draft'), models.Q(models.Q(models.Q(('event_name', ''), _negated=True), models.Q(('kind', 'segment'), _negated=True), _connector='OR'), ('email_template__isnull', False), ('contact_list__isnull', False), ('activated_at__isnull', False)), _connector='OR'), name='campaigns_campaign_beyond_draft_is_complete'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['segment', 'one_time', 'recurring', 'api'])), name='campaigns_campaign_kind'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'ready', 'active', 'paused', 'complete'])), name='campaigns_campaign_status'),
                    models.CheckConstraint(condition=models.Q(('delivery_delay__lte', 365)), name='campaigns_campaign_delivery_delay'),
                    models.CheckConstraint(condition=models.Q(('spread_days__lte', 365)), name='campaigns_campaign_spread_days'),
                    models.CheckConstraint(condition=models.Q(('repeat_days', None), models.Q(('repeat_days__gte', 30), ('repeat_days__lte', 365)), _connector='OR'), name='campaigns_campaign_repeat_days'),
                    models.CheckConstraint(condition=models.Q(('hold_hours__lte', 24)), name='campaigns_campaign_hold_hours'),
                    models.CheckConstraint(condition=models.Q(('sample_percent__gte', 1), ('sample_percent__lte', 100)), name='campaigns_campaign_sample_percent'),
                ],
            },
        ),
    ]
