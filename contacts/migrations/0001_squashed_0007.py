"""All tables of this app. Who has run the 7 migrations that it replaces has run it."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('contacts', '0001_initial'),
        ('contacts', '0002_column_times'),
        ('contacts', '0003_imports_and_saved_filters'),
        ('contacts', '0004_attribute_catalogue'),
        ('contacts', '0005_search_sorting_longer_views'),
        ('contacts', '0006_attribute_sources'),
        ('contacts', '0007_bulk_jobs'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0010'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.CharField(blank=True, help_text="Segment's userId. Empty for a contact that was added by hand.", max_length=255, null=True)),
                ('email', models.CharField(blank=True, max_length=254)),
                ('address_digest', models.CharField(blank=True, editable=False, max_length=64)),
                ('first_name', models.CharField(blank=True, max_length=120)),
                ('last_name', models.CharField(blank=True, max_length=120)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('attribute_times', models.JSONField(blank=True, default=dict, editable=False)),
                ('attribute_sources', models.JSONField(blank=True, default=dict, editable=False)),
                ('column_times', models.JSONField(blank=True, default=dict, editable=False)),
                ('search_text', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Left(django.db.models.functions.text.Lower(django.db.models.functions.text.Concat('email', models.Value(' '), 'first_name', models.Value(' '), 'last_name', models.Value(' '), django.db.models.functions.comparison.Coalesce('user_id', models.Value('')), output_field=models.TextField())), 600), output_field=models.TextField())),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='accounts.account')),
            ],
            options={
                'ordering': ['-updated_at', '-id'],
                'indexes': [
                    models.Index(fields=['account', '-updated_at', '-id', 'search_text'], name='contacts_by_change'),
                    models.Index(fields=['account', 'email', 'id'], name='contacts_by_email'),
                    models.Index(fields=['account', 'address_digest'], name='contacts_by_address'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('account', 'user_id'), name='contacts_contact_user_id_once'),
                    models.CheckConstraint(condition=models.Q(('user_id', None), models.Q(('user_id', ''), _negated=True), _connector='OR'), name='contacts_contact_user_id_not_blank'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ContactList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contact_lists', to='accounts.account')),
            ],
            options={
                'ordering': ['name', 'id'],
                'constraints': [
                    models.UniqueConstraint(fields=('account', 'name'), name='contacts_list_name_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BulkJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(choices=[('add', 'Add to a list'), ('remove', 'Remove from a list'), ('stop', 'Stop mailing'), ('erase', 'Erase')], max_length=8)),
                ('status', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='queued', max_length=10)),
                ('query', models.TextField(blank=True, help_text="The filter, as in the page's address.")),
                ('chosen', models.JSONField(blank=True, default=list, help_text='Ids that were ticked; none: all of the filter.')),
                ('total', models.PositiveIntegerField(default=0)),
                ('seen', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('cursor', models.BigIntegerField(default=0)),
                ('upto', models.BigIntegerField(default=0)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bulk_jobs', to='accounts.account')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('contact_list', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='contacts.contactlist')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [
                    models.Index(condition=models.Q(('status__in', ['queued', 'running'])), fields=['account', 'id'], name='contacts_bulk_open'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('status', 'running')), fields=('account',), name='contacts_bulk_runs_alone'),
                    models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('status', 'running')), models.Q(models.Q(('status', 'running'), _negated=True), ('lease_until__isnull', True)), _connector='OR'), name='contacts_bulk_running_has_lease'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ContactListMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='contacts.contact')),
                ('contact_list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='contacts.contactlist')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['contact_list', '-id'], name='contacts_in_list_latest'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('contact_list', 'contact'), name='contacts_in_list_once'),
                ],
            },
        ),
        migrations.AddField(
            model_name='contact',
            name='lists',
            field=models.ManyToManyField(related_name='contacts', through='contacts.ContactListMembership', to='contacts.contactlist'),
        ),
        migrations.CreateModel(
            name='ImportJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('contacts', 'Contacts'), ('suppressions', 'Suppressions')], default='contacts', max_length=12)),
                ('status', models.CharField(choices=[('uploaded', 'Not started'), ('queued', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='uploaded', max_length=10)),
                ('file_name', models.CharField(help_text="As the person's disk names it.", max_length=200)),
                ('stored_name', models.CharField(editable=False, max_length=40, unique=True)),
                ('encoding', models.CharField(max_length=12)),
                ('delimiter', models.CharField(max_length=1)),
                ('has_header', models.BooleanField(default=True)),
                ('header', models.JSONField(default=list)),
                ('mapping', models.JSONField(default=list)),
                ('duplicates', models.CharField(choices=[('update', 'Update them with what the file says'), ('skip', 'Leave them as they are')], default='update', max_length=6)),
                ('reason', models.CharField(blank=True, help_text='Of suppressions: why, where no column says.', max_length=12)),
                ('rows_total', models.PositiveIntegerField(default=0)),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('created', models.PositiveIntegerField(default=0)),
                ('updated', models.PositiveIntegerField(default=0)),
                ('unchanged', models.PositiveIntegerField(default=0)),
                ('rejected', models.PositiveIntegerField(default=0)),
                ('rejected_bytes', models.PositiveBigIntegerField(default=0, help_text='How much of the file of rejected rows is certain.')),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('queued_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('files_removed_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='accounts.account')),
                ('contact_list', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='contacts.contactlist')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [
                    models.Index(condition=models.Q(('status__in', ['queued', 'running'])), fields=['queued_at', 'id'], name='contacts_import_waiting'),
                    models.Index(fields=['account', '-id'], name='contacts_import_latest'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('status', 'running')), fields=('account',), name='contacts_import_runs_alone'),
                    models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('status', 'running')), models.Q(models.Q(('status', 'running'), _negated=True), ('lease_until__isnull', True)), _connector='OR'), name='contacts_import_running_has_lease'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SavedFilter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('query', models.CharField(help_text="As in the page's address.", max_length=4000)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_filters', to='accounts.account')),
            ],
            options={
                'ordering': ['name', 'id'],
                'constraints': [
                    models.UniqueConstraint(fields=('account', 'name'), name='contacts_filter_name_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_digest', models.CharField(editable=False, max_length=64)),
                ('email', models.CharField(blank=True, max_length=254)),
                ('reason', models.CharField(choices=[('unsubscribed', 'Unsubscribed'), ('bounced', 'Bounced'), ('complained', 'Complained'), ('manual', 'Added by hand'), ('erased', 'Erased')], max_length=12)),
                ('detail', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='suppressions', to='accounts.account')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'constraints': [
                    models.UniqueConstraint(fields=('account', 'address_digest'), name='contacts_suppression_address_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('reason', 'erased'), _negated=True), ('email', ''), _connector='OR'), name='contacts_suppression_erased_has_no_address'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Attribute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('type', models.CharField(choices=[('text', 'Text'), ('number', 'Number'), ('boolean', 'Yes or no'), ('list', 'List'), ('object', 'Object'), ('empty', 'Empty')], max_length=10)),
                ('last_seen_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attributes', to='accounts.account')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('account', 'name'), name='contacts_attribute_once')],
            },
        ),
    ]
