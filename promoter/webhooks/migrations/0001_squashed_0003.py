"""All tables of this app. Who has run the 3 migrations that it replaces has run it."""

import django.db.models.deletion
import django.utils.timezone
import promoter.webhooks.models
import promoter.webhooks.signing
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('webhooks', '0001_initial'),
        ('webhooks', '0002_response_deleted'),
        ('webhooks', '0003_cases'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0010'),
    ]

    operations = [
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=2000, validators=[promoter.webhooks.models.validate_url], verbose_name='URL')),
                ('event_types', models.JSONField(blank=True, default=list, help_text='For example ["response.created"]; empty for everything.', validators=[promoter.webhooks.models.validate_event_types])),
                ('secret', models.CharField(default=promoter.webhooks.signing.new_secret, max_length=100, validators=[promoter.webhooks.models.validate_secret])),
                ('old_secret', models.CharField(blank=True, editable=False, max_length=100)),
                ('old_secret_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('last_success_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('disabled_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('disabled_reason', models.CharField(blank=True, editable=False, max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='webhook_endpoints', to='accounts.account')),
            ],
            options={
                'ordering': ['account', 'url', 'id'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('disabled_at', None), ('disabled_reason', '')), models.Q(('disabled_at__isnull', False), models.Q(('disabled_reason', ''), _negated=True)), _connector='OR'), name='webhooks_endpoint_disabled_pair'),
                    models.CheckConstraint(condition=models.Q(models.Q(('old_secret', ''), ('old_secret_until', None)), models.Q(models.Q(('old_secret', ''), _negated=True), ('old_secret_until__isnull', False)), _connector='OR'), name='webhooks_endpoint_old_secret_pair'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('webhook_id', models.CharField(default=promoter.webhooks.models.new_webhook_id, editable=False, max_length=40, unique=True)),
                ('event_type', models.CharField(choices=[('response.created', 'Somebody answered'), ('response.updated', 'Somebody changed their answer'), ('response.deleted', 'Somebody deleted their answer'), ('response.status_changed', 'An answer’s case opened or closed'), ('response.tags_changed', 'The tags of an answer changed'), ('contact.unsubscribed', 'Somebody unsubscribed')], max_length=40)),
                ('payload', models.TextField()),
                ('created_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('pending', 'Waiting'), ('sending', 'Sending'), ('delivered', 'Delivered'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=10)),
                ('due_at', models.DateTimeField()),
                ('attempt', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('response_code', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='webhook_deliveries', to='accounts.account')),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='webhooks.endpoint')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'ordering': ['-created_at', '-id'],
                'indexes': [
                    models.Index(condition=models.Q(('status', 'pending')), fields=['due_at', 'id'], name='webhooks_delivery_due'),
                    models.Index(condition=models.Q(('status', 'sending')), fields=['lease_until'], name='webhooks_delivery_leased'),
                    models.Index(fields=['endpoint', '-created_at'], name='webhooks_of_endpoint'),
                    models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['finished_at'], name='webhooks_delivery_finished'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('status', 'sending')), models.Q(models.Q(('status', 'sending'), _negated=True), ('lease_until__isnull', True)), _connector='OR'), name='webhooks_delivery_claimed_has_lease'),
                    models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('status__in', ['pending', 'sending'])), models.Q(('status__in', ['delivered', 'failed', 'cancelled']), ('finished_at__isnull', False)), _connector='OR'), name='webhooks_delivery_finished_has_time'),
                ],
            },
        ),
    ]
