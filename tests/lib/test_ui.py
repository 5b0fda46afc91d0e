"""What templates may ask for on every page."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template import Context, Template

from promoter.lib.templatetags.ui import attribute, percent, signed, soft_breaks

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (42, "+42"),
        (-7, "−7"),
        (0, "0"),
        (None, "–"),
        (Decimal("-0.4"), "0"),
        (Decimal("0.5"), "+1"),
        (Decimal("-0.5"), "−1"),
        (Decimal("2.5"), "+3"),
        ("", "–"),
    ],
)
def test_a_score_shows_its_sign(value, words):
    assert signed(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(Decimal("0.425"), "43%"), (0, "0%"), (1, "100%"), (None, "–")]
)
def test_a_share_is_whole_per_cent(value, words):
    assert percent(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("gold", "gold"),
        (True, "yes"),
        (False, "no"),
        (None, "–"),
        (12, "12"),
        ("", "–"),
        (["é", 1], '["é", 1]'),
    ],
)
def test_an_attribute_is_written_as_people_read_it(value, words):
    assert attribute(value) == words


def test_long_words_break_where_a_person_would_and_stay_escaped():
    assert soft_breaks("a<b@c.d") == "a&lt;b@<wbr>c.<wbr>d"


def test_a_moment_is_relative_to_read_and_exact_on_hover_in_the_accounts_zone():
    account = SimpleNamespace(time_zone="Europe/Berlin")
    context = Context(
        {"now": NOW, "then": NOW, "request": SimpleNamespace(account=account)}
    )

    drawn = Template("{% moment then %}").render(context)

    assert drawn == (
        '<time datetime="2026-11-23T12:00:00Z" '
        'title="Monday, 23 November 2026, 13:00:00 CET">just now</time>'
    )


def test_no_moment_is_a_dash():
    assert Template("{% moment then %}").render(Context({"now": NOW, "then": None})) == "–"
