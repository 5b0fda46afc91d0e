"""The sample account of `make run`: what its pages say is what its rows are."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command

from contacts.models import Contact
from promoter.accounts.models import Account, User
from promoter.local.management.commands.seed_demo import Command
from promoter.local.sample.story import PAUSE, tell
from surveys.daily_sums.rolling_up import report_by, roll_up
from surveys.models import Case, CaseMail, Response, Survey, SurveyEmail
from surveys.nps import Counts, difference, rounded

DAY = timedelta(days=1)


@pytest.fixture
def sample(db, settings, tmp_path: Path, now) -> Account:
    """As the first start of `make run` leaves it, and a second one."""
    settings.DATA_DIR = settings.MAIL_CATCHER_DIR = tmp_path
    with time_machine.travel(now, tick=False):
        call_command(Command())
        call_command(Command())
    demo, sample = Account.objects.order_by("pk")
    assert (demo.name, sample.name) == ("Demo Shop", "Sample Company")
    return sample


def said(counts: Counts) -> str:
    return f"{rounded(counts.nps or 0):+}".replace("-", "−")


def test_every_figure_of_the_sample_is_that_of_its_rows_and_nobody_is_mailed(
    sample, now, client
):
    """Counted from the rows here, and by the pages before and after the sums are kept."""
    client.force_login(User.objects.get(email="demo@example.com"))
    rows = list(Response.objects.filter(account=sample))
    first = now.date() - 29 * DAY

    def of(*, days: int = 0, **wanted: str) -> Counts:
        """Of the last 30 local days, or the 30 that ended so many before."""
        return Counts.of_scores(
            row.score
            for row in rows
            if first <= row.responded_at.date() + days * DAY <= now.date()
            and wanted.items() <= row.attributes.items()
        )

    def text(address: str) -> str:
        page = client.get(address)
        assert page.status_code == 200
        return " ".join(re.sub("<[^>]+>", " ", page.content.decode()).split())

    with time_machine.travel(now, tick=False):
        # The newcomer's own account stays first and empty, and says where to look.
        assert "Look at a sample account" in text("/")
        client.post("/accounts/switch/", {"account": sample.pk})
        asked = Survey.objects.filter(account=sample, asked_at__date__gte=first)
        for is_summed in (False, True):
            if is_summed:
                for key in ("plan", "country"):
                    report_by(account=sample, key=key)
                while roll_up(account=sample, now=now):
                    pass
            dashboard = text("/")
            assert f"{said(of())} from {of().n} responses" in dashboard
            assert f"Surveys sent {asked.count()}" in dashboard
            moved = rounded(of().nps - of(days=30).nps)
            assert f"{moved:+} points on the 30 days before (significant" in dashboard
            table = text("/results/by-attribute/?key=plan").partition("As a table")[2]
            for plan in ("free", "team", "business"):
                counts = of(plan=plan)
                row = rf" {plan} .*?likely .*? ([+−]?\d+) [+−]?\d+ and [+−]?\d+ (\d+) "
                found = re.search(row, table)
                assert found, table
                assert found.groups() == (said(counts), str(counts.n))
        free, rest = of(plan="free"), of(plan="business")
        assert (
            difference(free, rest).significant and difference(of(days=30), of()).significant
        )

        open_cases = Case.objects.filter(account=sample, closed_at=None)
        assert f"Open {open_cases.count()} Mine" in text("/responses/")
        case = CaseMail.objects.filter(account=sample).latest("due_at").event.case
        assert "Re: How likely" not in text(f"/responses/{case.pk}/")
        assert "replied" in text(f"/responses/{case.pk}/")
        person = Contact.objects.get(pk=case.response.contact_id)
        assert case.response.comment in text(f"/contacts/{person.pk}/")
        assert "Project Finished" in text("/segment/")

    assert (len(rows), Contact.objects.filter(account=sample).count()) == (268, 300)
    assert not SurveyEmail.objects.exclude(status="sent").exists()
    assert not CaseMail.objects.exclude(status="sent").exists()
    assert mail.outbox == []


def test_the_story_keeps_the_rules_of_the_product(now):
    """It is the same at any moment; who was asked is left alone for a while, and who is
    gone for good; what a person says is the band's that they chose."""
    story, later = tell(now=now), tell(now=now + 1.7 * DAY)

    assert [ask.comment for ask in story.asks] == [ask.comment for ask in later.asks]
    asked, gone = {}, set()
    for ask in story.asks:
        number = ask.person.number
        assert number not in gone
        assert number not in asked or ask.at - asked[number] > PAUSE
        asked[number] = ask.at
        gone |= {number} if ask.fate else set()
        assert ask.answered_at is None or ask.at < ask.answered_at < now
    assert len({person.email for person in story.people}) == 300
    assert all(person.email.endswith(".example") for person in story.people)
