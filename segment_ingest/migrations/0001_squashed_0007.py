"""All tables of this app. Who has run the 7 migrations that it replaces has run it."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('segment_ingest', '0001_initial'),
        ('segment_ingest', '0002_inspector_and_connections'),
        ('segment_ingest', '0003_counting'),
        ('segment_ingest', '0004_replays'),
        ('segment_ingest', '0005_waiting_by_verdict'),
        ('segment_ingest', '0006_public_messages'),
        ('segment_ingest', '0007_backtest_settings'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0010'),
        ('campaigns', '0001_squashed_0009'),
        ('surveys', '0001_squashed_0014'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Connection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('token', models.CharField(editable=False, max_length=64, unique=True)),
                ('secret', models.CharField(editable=False, max_length=100)),
                ('old_secret', models.CharField(blank=True, editable=False, help_text='Valid beside the new one.', max_length=100)),
                ('takes_unsigned', models.BooleanField(default=False, help_text='Take events without a signature: the URL alone counts.')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('last_event_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='segment_connections', to='accounts.account')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='DailyUsage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(help_text='UTC.')),
                ('accepted', models.PositiveIntegerField(default=0)),
                ('duplicates', models.PositiveIntegerField(default=0)),
                ('rejected', models.PositiveIntegerField(default=0, help_text='Unusable events.')),
                ('refused', models.PositiveIntegerField(default=0, help_text='Over the limit.')),
                ('counted', models.PositiveIntegerField(default=0, help_text='How many of the accepted are added up in EventCount.')),
                ('counted_to', models.BigIntegerField(default=0, editable=False, help_text='The last message that is added up there.')),
                ('told_high_at', models.DateTimeField(blank=True, help_text='When the owners were told of 80 %.', null=True)),
                ('told_full_at', models.DateTimeField(blank=True, help_text='When the owners were told that it is used up.', null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='daily_usage', to='accounts.account')),
            ],
            options={
                'verbose_name_plural': 'daily usage',
                'ordering': ['-day'],
                'indexes': [models.Index(condition=models.Q(('accepted__gt', models.F('counted'))), fields=['day'], name='segment_usage_uncounted')],
                'constraints': [models.UniqueConstraint(fields=('account', 'day'), name='segment_usage_day_once')],
            },
        ),
        migrations.CreateModel(
            name='ErasedUser',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id_digest', models.CharField(max_length=64)),
                ('erased_at', models.DateTimeField(help_text='When the erasure was asked for.')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='erased_users', to='accounts.account')),
            ],
            options={
                'ordering': ['-erased_at'],
                'constraints': [models.UniqueConstraint(fields=('account', 'user_id_digest'), name='segment_erased_user_once')],
            },
        ),
        migrations.CreateModel(
            name='EventCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(help_text='UTC.')),
                ('type', models.CharField(max_length=20)),
                ('event', models.CharField(blank=True, max_length=255)),
                ('count', models.PositiveIntegerField(default=0)),
                ('last_seen_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='event_counts', to='accounts.account')),
            ],
            options={
                'ordering': ['-day', '-count'],
                'constraints': [models.UniqueConstraint(fields=('account', 'day', 'type', 'event'), name='segment_count_once')],
            },
        ),
        migrations.CreateModel(
            name='RefusedRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField(help_text='The start of the hour.')),
                ('code', models.CharField(max_length=40)),
                ('way_in', models.CharField(blank=True, help_text='The name of the key or the connection.', max_length=80)),
                ('message', models.CharField(max_length=300)),
                ('count', models.PositiveIntegerField(default=0)),
                ('last_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refused_requests', to='accounts.account')),
            ],
            options={
                'ordering': ['-last_at', '-id'],
                'indexes': [models.Index(fields=['account', '-last_at'], name='segment_refused_latest'), models.Index(fields=['last_at'], name='segment_refused_age')],
                'constraints': [models.UniqueConstraint(fields=('account', 'hour', 'code', 'way_in'), name='segment_refused_once')],
            },
        ),
        migrations.CreateModel(
            name='Replay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('replay', 'Replay'), ('backtest', 'Backtest')], default='replay', max_length=10)),
                ('event_name', models.CharField(help_text="The campaign's, at the count.", max_length=255)),
                ('settings_key', models.CharField(blank=True, editable=False, help_text="A backtest's: the same for the same settings; see backtesting.", max_length=64)),
                ('since', models.DateTimeField(help_text='Events that happened and arrived from then on.')),
                ('until', models.DateTimeField(help_text='Events that arrived before.')),
                ('at', models.DateTimeField(help_text='Mail whose time was earlier is due then.')),
                ('sends', models.BooleanField(default=False, help_text='False: only counts.')),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Stopped')], default='waiting', max_length=10)),
                ('total', models.PositiveIntegerField(default=0)),
                ('seen', models.PositiveIntegerField(default=0)),
                ('cursor', models.PositiveBigIntegerField(default=0)),
                ('counts', models.JSONField(default=dict, help_text='Verdict -> how many events.')),
                ('forecast', models.JSONField(default=dict, help_text='The counts before it sent.')),
                ('people', models.PositiveIntegerField(default=0, help_text='Whom it asks, each once.')),
                ('days', models.JSONField(default=dict, help_text='Day of the event -> surveys.')),
                ('newest_only', models.BooleanField(default=False, help_text='There were too many.')),
                ('oldest_at', models.DateTimeField(blank=True, help_text='When the oldest event that asks somebody happened.', null=True)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('queued_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='replays', to='accounts.account')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='replays', to='campaigns.campaign')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['campaign', '-id'], name='segment_replay_of_campaign'), models.Index(condition=models.Q(('status__in', ['waiting', 'running'])), fields=['queued_at', 'id'], name='segment_replay_waiting'), models.Index(fields=['account', '-id'], name='segment_replay_latest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'running')), fields=('account',), name='segment_replay_runs_alone'), models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('status', 'running')), models.Q(models.Q(('status', 'running'), _negated=True), ('lease_until__isnull', True)), _connector='OR'), name='segment_replay_running_has_lease'), models.CheckConstraint(condition=models.Q(('kind', 'replay'), models.Q(('kind', 'backtest'), ('sends', False)), _connector='OR'), name='segment_replay_backtest_sends_nothing'), models.CheckConstraint(condition=models.Q(('since__lt', models.F('until'))), name='segment_replay_since_before_until')],
            },
        ),
        migrations.CreateModel(
            name='SegmentMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_id', models.CharField(max_length=255)),
                ('type', models.CharField(max_length=20)),
                ('user_id', models.CharField(blank=True, max_length=255)),
                ('event', models.CharField(blank=True, max_length=255)),
                ('body', models.JSONField(null=True)),
                ('timestamp', models.DateTimeField(help_text="When it happened, by the client's corrected clock.")),
                ('received_at', models.DateTimeField()),
                ('verdict', models.CharField(blank=True, choices=[('', 'Waiting'), ('contact_saved', 'Contact saved'), ('no_user_id', 'Not stored: no userId'), ('scheduled', 'Survey scheduled'), ('not_identified', 'Not identified before'), ('no_campaign', 'No live campaign listens'), ('throttled', 'Throttled'), ('suppressed', 'Must not be mailed'), ('no_address', 'No usable email address'), ('late', 'Too old to survey'), ('held', 'Waiting for an identify'), ('conditions', 'Conditions not met'), ('sampled_out', 'Not in the sample'), ('withdrew', 'Survey withdrawn'), ('burst', 'Campaign paused itself'), ('erased', 'Person erased'), ('ignored', 'Nothing to do'), ('failed', 'Could not be processed')], default='', max_length=20)),
                ('detail', models.CharField(blank=True, max_length=300)),
                ('is_public', models.BooleanField(default=False, help_text='Came by a browser key, which everybody can read and use.')),
                ('processed_at', models.DateTimeField(blank=True, null=True)),
                ('held_until', models.DateTimeField(blank=True, help_text='Until then an identify may bring its survey.', null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='segment_messages', to='accounts.account')),
                ('survey', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='surveys.survey')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('verdict', '')), fields=['account', 'verdict', 'id'], name='segment_message_waiting'), models.Index(fields=['account', '-id'], name='segment_message_latest'), models.Index(condition=models.Q(('event', ''), _negated=True), fields=['account', 'event', '-id'], name='segment_message_by_event'), models.Index(condition=models.Q(('user_id', ''), _negated=True), fields=['account', 'user_id', '-id'], name='segment_message_by_user'), models.Index(condition=models.Q(('verdict', 'held')), fields=['account', 'user_id'], name='segment_message_held'), models.Index(condition=models.Q(('verdict', 'held')), fields=['held_until'], name='segment_message_held_until'), models.Index(fields=['received_at'], name='segment_message_age')],
                'constraints': [models.UniqueConstraint(fields=('account', 'message_id'), name='segment_message_once'), models.CheckConstraint(condition=models.Q(models.Q(('processed_at', None), ('verdict', '')), models.Q(models.Q(('verdict', ''), _negated=True), ('processed_at__isnull', False)), _connector='OR'), name='segment_message_verdict_pair'), models.CheckConstraint(condition=models.Q(models.Q(('held_until__isnull', False), ('verdict', 'held')), models.Q(models.Q(('verdict', 'held'), _negated=True), ('held_until', None)), _connector='OR'), name='segment_message_held_pair')],
            },
        ),
    ]
