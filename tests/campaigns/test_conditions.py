"""Which events and contacts a campaign asks about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.conditions import MAX_CONDITIONS, ConditionError, Op, parse, unmet
from campaigns.sampling import in_sample

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
EVENT = {
    "revenue": 49.9,
    "quantity": 2,
    "price": "49.90",
    "coupon": "",
    "gift": True,
    "postcode": "01234",
    "town": "İstanbul",
    "tags": ["New", "sale"],
    "address": {"city": "London", "geo": {"lat": 51.5}},
    "products": [{"name": "Mug", "price": 12}, {"name": "Tea", "price": 4}],
    "shipping.method": "post",
    "nothing": None,
    "none": [],
    "zero": 0,
}
OPPOSITES = {"is": "is_not", "is_not": "is", "exists": "missing", "missing": "exists"}


def holds(name: str, op: str, value: str = "") -> bool:
    stored = [{"of": "event", "name": name, "op": op, "value": value}]
    return unmet(stored, event=EVENT, contact={}) is None


@pytest.mark.parametrize(
    ("name", "op", "value", "expected"),
    [
        ("quantity", "is", "2", True),
        ("quantity", "is", "2.0", True),
        ("quantity", "is", "two", False),
        ("gift", "is", "true", True),
        ("gift", "is", "TRUE", True),
        ("gift", "is", "1", False),
        ("address.city", "is", " london ", True),
        ("address.city", "is", "Lon", False),
        ("town", "is", "istanbul", True),
        ("town", "contains", "İSTAN", True),
        ("address.geo.lat", "at_least", "51", True),
        ("address.town", "is", "London", False),
        ("address", "is", "London", False),
        ("postcode", "is", "1234", False),
        ("postcode", "is", "01234", True),
        ("shipping.method", "is", "post", True),
        ("tags", "is", "new", True),
        ("tags", "is_not", "new", False),
        ("tags", "is_not", "old", True),
        ("products.name", "is", "tea", True),
        ("products.price", "at_most", "4", True),
        ("products.price", "at_least", "13", False),
        ("coupon", "is_not", "SPRING", True),
        ("unheard", "is_not", "x", True),
        ("unheard", "is", "x", False),
        ("address.city", "contains", "OND", True),
        ("tags", "contains", "sal", True),
        ("quantity", "contains", "2", True),
        ("revenue", "at_least", "49.9", True),
        ("revenue", "at_least", "49.91", False),
        ("revenue", "at_most", "49.9", True),
        ("price", "at_least", "49.9", True),
        ("gift", "at_least", "1", False),
        ("address.city", "at_least", "1", False),
        ("zero", "exists", "", True),
        ("zero", "is", "0", True),
        ("coupon", "exists", "", False),
        ("nothing", "exists", "", False),
        ("none", "exists", "", False),
        ("address", "exists", "", True),
        ("unheard", "missing", "", True),
        ("nothing", "missing", "", True),
        ("gift", "missing", "", False),
    ],
)
def test_a_condition_reads_a_value_as_people_do(name, op, value, expected):
    assert holds(name, op, value) is expected


def test_all_conditions_must_hold_and_the_first_that_does_not_is_named():
    stored = [
        {"of": "event", "name": "revenue", "op": "at_least", "value": "10"},
        {"of": "contact", "name": "plan", "op": "is", "value": "gold"},
        {"of": "contact", "name": "seats", "op": "exists"},
    ]
    gold = {"plan": "Gold", "seats": 3}
    assert unmet(stored, event=EVENT, contact=gold) is None
    assert unmet(stored, event=EVENT, contact={"seats": 3}) == "“plan is gold” did not hold"
    assert unmet(stored, event={}, contact=gold) == "“revenue is at least 10” did not hold"


@pytest.mark.parametrize(
    ("stored", "words", "part"),
    [
        ("gold", "Conditions must be a list.", ""),
        (["gold"], "Each condition must be an object.", ""),
        ([{}] * (MAX_CONDITIONS + 1), "At most 10 conditions.", ""),
        ([{"of": "moon"}], "Choose the event or the contact.", "of"),
        (
            [{"of": "event", "name": " "}],
            "Enter the name of a property or an attribute.",
            "name",
        ),
        (
            [{"of": "event", "name": "n" * 256}],
            "A name has at most 255 characters.",
            "name",
        ),
        ([{"of": "event", "name": "n", "op": "like"}], "Choose how to compare.", "op"),
        (
            [{"of": "event", "name": "n", "op": "is", "value": 5}],
            "The value must be text.",
            "value",
        ),
        (
            [{"of": "event", "name": "n", "op": "is", "value": " "}],
            "Enter what to compare with.",
            "value",
        ),
        (
            [{"of": "event", "name": "n", "op": "is", "value": "v" * 201}],
            "A value has at most 200 characters.",
            "value",
        ),
        (
            [{"of": "event", "name": "n", "op": "at_least", "value": "ten"}],
            "Enter a number, for example 100 or 49.90.",
            "value",
        ),
    ],
)
def test_what_is_wrong_with_a_condition_is_said_in_a_sentence(stored, words, part):
    with pytest.raises(ConditionError) as refusal:
        parse(stored)
    assert str(refusal.value) == words
    assert refusal.value.part == part
    # Better no survey than a wrong one.
    assert words in (unmet(stored, event={}, contact={}) or "")


@given(stored=json_values, event=json_values, contact=json_values)
def test_no_json_is_too_strange(stored, event, contact):
    as_object = event if isinstance(event, dict) else {"n": event}
    unmet(stored, event=as_object, contact={"n": contact})


@given(value=json_values, text=st.text(max_size=30), op=st.sampled_from(list(Op)))
def test_no_value_is_too_strange(value, text, op):
    for name in ("n", "n.n"):
        stored = [{"of": "event", "name": name, "op": op, "value": text}]
        first = unmet(stored, event={"n": value}, contact={})
        assert first == unmet(stored, event={"n": value}, contact={})
        opposite = {
            "is": "is_not",
            "is_not": "is",
            "exists": "missing",
            "missing": "exists",
        }
        if op in opposite and text.strip():
            other = [stored[0] | {"op": opposite[op]}]
            assert (first is None) != (unmet(other, event={"n": value}, contact={}) is None)


@given(
    campaign_id=st.integers(1, 2**63),
    message_id=st.text(max_size=255),
    percent=st.integers(1, 100),
)
def test_a_sample_decides_alike_every_time_and_grows_with_its_percentage(
    campaign_id, message_id, percent
):
    def taken(share: int) -> bool:
        return in_sample(campaign_id=campaign_id, message_id=message_id, percent=share)

    assert taken(percent) == taken(percent)
    assert taken(100)
    if taken(percent):
        assert all(taken(more) for more in range(percent, 101))


@pytest.mark.parametrize("percent", [1, 20, 50, 99])
@pytest.mark.parametrize("campaign_id", [1, 2])
def test_a_sample_takes_its_share(percent, campaign_id):
    taken = sum(
        in_sample(campaign_id=campaign_id, message_id=f"ajs-{number}", percent=percent)
        for number in range(10_000)
    )
    # Four standard deviations of a fair draw.
    assert abs(taken - 100 * percent) <= 4 * (100 * percent * (100 - percent) / 100) ** 0.5


def test_two_campaigns_choose_independently():
    both = sum(
        in_sample(campaign_id=1, message_id=str(number), percent=50)
        and in_sample(campaign_id=2, message_id=str(number), percent=50)
        for number in range(10_000)
    )
    assert 2_300 < both < 2_700


def test_this_sample_is_the_same_on_every_machine_and_in_every_version():
    taken = [
        n for n in range(60) if in_sample(campaign_id=7, message_id=f"m{n}", percent=9)
    ]
    assert taken == [8, 26, 38, 40, 48, 53]
