"""All tables of this app. Who has run the 10 migrations that it replaces has run it."""

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import promoter.accounts.send_window
import promoter.lib.zones
from django.conf import settings
from django.core.management import call_command
from django.db import migrations, models


def make_cache_table(apps, schema_editor):
    """What counts sign-ins for allauth; `createcachetable` skips one that is there."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_api_key_name'),
        ('accounts', '0003_browser_keys'),
        ('accounts', '0004_delivery'),
        ('accounts', '0005_audit_log'),
        ('accounts', '0006_link_hosts'),
        ('accounts', '0007_people'),
        ('accounts', '0008_sign_in'),
        ('accounts', '0009_key_last_used'),
        ('accounts', '0010_sender_check_and_first_steps'),
    ]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('send_days', models.JSONField(blank=True, default=list, help_text='0 is Monday; empty for every day.', validators=[promoter.accounts.send_window.validate_weekdays])),
                ('send_from', models.TimeField(blank=True, help_text='Empty: from 00:00 on.', null=True)),
                ('send_until', models.TimeField(blank=True, help_text='Empty: to midnight.', null=True)),
                ('name', models.CharField(max_length=120)),
                ('time_zone', models.CharField(default='UTC', help_text='A name such as Europe/Berlin. Days and hours on pages are in it.', max_length=64, validators=[promoter.lib.zones.validate_zone])),
                ('postal_address', models.TextField(blank=True, help_text='Stands at the foot of every survey mail; many laws ask for it.', max_length=400)),
                ('link_hosts', models.JSONField(blank=True, default=list, help_text="Hosts that links on the account's thank-you pages may lead to.")),
                ('daily_event_limit', models.PositiveIntegerField(default=50000, help_text='Segment events taken a UTC day; the next one is answered 429.')),
                ('delivery_policy', models.CharField(choices=[('never_twice', 'Never twice'), ('at_least_once', 'At least once')], default='never_twice', help_text='What happens to a mail that may have arrived or not.', max_length=16)),
                ('mails_per_minute', models.PositiveIntegerField(blank=True, help_text='Survey mails a minute at most; empty for no limit.', null=True)),
                ('sending_paused_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('sending_paused_because', models.CharField(blank=True, editable=False, max_length=500)),
                ('first_steps_dismissed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('time_zone', models.CharField(blank=True, help_text='Times on pages are in it; empty for the account’s.', max_length=64, validators=[promoter.lib.zones.validate_zone])),
                ('is_active', models.BooleanField(default=True)),
                ('is_staff', models.BooleanField(default=False, help_text='May use the admin: an operator of the installation.')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'ordering': ['email'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='accounts_user_email_lowercase'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(default='Segment', max_length=80)),
                ('prefix', models.CharField(max_length=12, unique=True)),
                ('digest', models.CharField(editable=False, max_length=64)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, editable=False, help_text='To within an hour.', null=True)),
                ('is_browser', models.BooleanField(default=False, help_text='Stands in a web page for everybody to read: it may identify from the allowed origins, and never triggers a survey.')),
                ('allowed_origins', models.JSONField(blank=True, default=list, help_text='For example ["https://www.example.com"].')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_keys', to='accounts.account')),
            ],
            options={
                'verbose_name': 'API key',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor_email', models.CharField(blank=True, max_length=254)),
                ('action', models.CharField(max_length=60)),
                ('target_kind', models.CharField(blank=True, help_text='For example campaigns.campaign.', max_length=60)),
                ('target_id', models.BigIntegerField(null=True)),
                ('target_label', models.CharField(blank=True, max_length=200)),
                ('details', models.JSONField(default=dict)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='audit_events', to='accounts.account')),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-at', '-id'],
                'indexes': [
                    models.Index(fields=['account', '-at', '-id'], name='accounts_audit_newest'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254)),
                ('role', models.CharField(choices=[('viewer', 'Viewer'), ('editor', 'Editor'), ('owner', 'Owner')], default='editor', max_length=10)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('sent_at', models.DateTimeField(editable=False, null=True)),
                ('expires_at', models.DateTimeField(editable=False)),
                ('accepted_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='accounts.account')),
                ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('accepted_at', None), ('withdrawn_at', None)), fields=('account', 'email'), name='accounts_invitation_pending_once'),
                    models.CheckConstraint(condition=models.Q(('role__in', ['viewer', 'editor', 'owner'])), name='accounts_invitation_role'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('viewer', 'Viewer'), ('editor', 'Editor'), ('owner', 'Owner')], default='editor', max_length=10)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('last_used_at', models.DateTimeField(editable=False, help_text='When the person last chose this account; sign-in leads to the latest.', null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='accounts.account')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['account__name', 'id'],
                'constraints': [
                    models.UniqueConstraint(fields=('account', 'user'), name='accounts_membership_once'),
                    models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'editor', 'viewer'])), name='accounts_membership_role'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SenderCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('domain', models.CharField(max_length=255)),
                ('selector', models.CharField(blank=True, max_length=63)),
                ('findings', models.JSONField(default=list)),
                ('checked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='sender_check', to='accounts.account')),
            ],
            options={
                'ordering': ['-checked_at'],
            },
        ),
        migrations.RunPython(make_cache_table, migrations.RunPython.noop),
    ]
