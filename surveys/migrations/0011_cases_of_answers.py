from datetime import timedelta

from django.db import migrations
from django.utils import timezone

# What nobody answered within a month nobody will; the inbox begins with what is fresh.
FRESH = timedelta(days=30)
# One statement: a million answers are seconds.
MAKE_CASES = """
    INSERT INTO surveys_case (response_id, account_id, responded_at)
    SELECT id, account_id, responded_at FROM surveys_response
"""
WORDS_INDEX = """
    CREATE INDEX surveys_words_of_answers ON surveys_response
    USING gin (to_tsvector('simple', comment))
"""


def make_cases(apps, schema_editor):
    schema_editor.execute(MAKE_CASES)
    now = timezone.now()
    apps.get_model("surveys", "Case").objects.filter(responded_at__lt=now - FRESH).update(
        closed_at=now
    )


def index_words(apps, schema_editor):
    """SQLite has nothing like it: there the search reads the newest answers."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(WORDS_INDEX)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX surveys_words_of_answers")


class Migration(migrations.Migration):
    dependencies = [("surveys", "0010_cases")]

    operations = [
        migrations.RunPython(index_words, drop_index),
        migrations.RunPython(make_cases, migrations.RunPython.noop),
    ]
