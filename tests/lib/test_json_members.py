"""An attribute is found whatever its name, and whether one row was written or many."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from contacts.models import Contact
from promoter.lib.many_rows import insert
from surveys.daily_sums.attribute_text import AttributeText

NAMES = [
    *("plan", "2024", "a.b", "a[0]", "$", "it's %s", " "),
    *("größe", "名前", "😀", "a\u200bb"),
    *('"', '"quoted" ü', "back\\slash", '\\"', "tab\there"),
]


@pytest.mark.parametrize("name", NAMES)
def test_an_attribute_of_any_name_is_found_whoever_wrote_it(
    alice_client, account, now, name
):
    made = {"account": account, "created_at": now, "updated_at": now}
    saved, inserted = (
        Contact(**made, email=email, attributes={name: value, "other": "gold"})
        for email, value in (("saved@example.com", "gold"), ("many@example.com", True))
    )
    saved.save()
    insert([inserted, Contact(**made, email="none@example.com", attributes={"x": name})])

    grouped = Contact.objects.annotate(value=AttributeText("attributes", key=name))
    values = dict(grouped.values_list("email", "value"))
    assert values == {
        "saved@example.com": "gold",
        "many@example.com": "true",
        "none@example.com": "",
    }
    if not name.strip():
        return
    for op, value, found in (
        ("has", "", {"saved", "many"}),
        ("lacks", "", {"none"}),
        ("is", "gold", {"saved"}),
        ("is", "yes", {"many"}),
        ("over", "5", set()),
    ):
        query = urlencode({"attribute": name, "op": op, "value": value})
        page = alice_client.get(f"/contacts/?{query}").content.decode()
        shown = {each for each in ("saved", "many", "none") if f"{each}@example" in page}
        assert shown == found, op
