"""What mail servers said of old mail is forgotten; what became of the mail stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from surveys.models import SurveyEmail
from surveys.pruning import forget_transcripts
from surveys.tasks import prune_transcripts
from tests.rows import make_rows

Status = SurveyEmail.Status
SAID = "550 5.1.1 <kate@example.com>: no such user"


@pytest.fixture
def mails(db, now) -> dict[str, SurveyEmail]:
    """By age and fate, each with a server's words."""
    fates = {
        "old sent": (91, Status.SENT),
        "old failed": (91, Status.FAILED),
        "old waiting": (91, Status.SCHEDULED),
        "young sent": (89, Status.SENT),
    }
    made = {}
    for number, (name, (days, status)) in enumerate(fates.items()):
        mail = made[name] = make_rows(number)[SurveyEmail]
        SurveyEmail.objects.filter(pk=mail.pk).update(
            due_at=now - timedelta(days=days),
            status=status,
            error=SAID if status == Status.FAILED else "",
            outcome="bounced",
            outcome_detail=SAID,
        )
    return made


@pytest.mark.parametrize("step", [1, 1_000])
def test_words_go_after_90_days_and_the_outcome_stays(mails, now, step):
    assert forget_transcripts(now=now, step=step) == 2

    for name, mail in mails.items():
        mail.refresh_from_db()
        said = "" if name in {"old sent", "old failed"} else SAID
        assert mail.outcome_detail == said, name
        assert mail.error == "", name
        assert mail.outcome == "bounced"
    assert forget_transcripts(now=now, step=step) == 0


def test_the_task_forgets_by_the_clock_and_the_setting(mails, now, settings):
    settings.MAIL_TRANSCRIPT_RETENTION_DAYS = 88
    with time_machine.travel(now, tick=False):
        prune_transcripts()

    assert SurveyEmail.objects.exclude(outcome_detail="").count() == 1
