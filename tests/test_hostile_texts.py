"""What people and events bring is shown as text, on every page; in a browser:
tests/browser/test_xss.py."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.test import Client

from promoter.lib.signing import make_token
from surveys.models import Survey
from tests.hostile_texts import poison
from tests.rows import address, make_rows, own_models
from tests.test_tenancy import NUMBER, PRIVATE, path_of, undone

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ADDRESSES = {"href", "src", "action", "formaction", "srcdoc", "data", "xlink:href"}


class Finds(HTMLParser):
    """What a browser would run of a page, and how many texts of ours stand in it."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []
        self.texts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" not in values:
            # Data for Django's own admin scripts is no script.
            self.runs += [tag] if values.get("type") != "application/json" else []
        if tag in {"iframe", "object", "embed", "math"} and "canary" in str(values):
            self.runs.append(tag)
        for name, value in values.items():
            place = "".join(value.split()).lower()
            if name.startswith(("on", "hx-on")):
                self.runs.append(f"{tag} {name}")
            if name in ADDRESSES and place.startswith(("javascript:", "data:text")):
                self.runs.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        self.texts += data.count("canary()")


def found_in(page: str) -> Finds:
    finds = Finds()
    finds.feed(page)
    return finds


def test_a_script_would_be_found():
    for page in ("<script>x</script>", "<b onclick=x>", "<a href=' JavaScript:x'>"):
        assert found_in(page).runs


def test_hostile_texts_stay_texts_on_every_page(account, alice, alice_client):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    rows = make_rows(NUMBER, account)
    poison(rows)
    token, way_out = (
        make_token(name, rows[Survey].pk) for name in ("survey", "unsubscribe")
    )
    private = [
        path_of(route, rows) if route.takes_arguments else f"/{route.pattern}"
        for route in PRIVATE
    ]
    admin = [address(model, "changelist") for model in own_models()]
    admin += [address(model, "change", rows[model].pk) for model in own_models()]
    public = [f"/s/{token}/", f"/s/{token}/?score=9", f"/u/{way_out}/"]

    texts = 0
    wrong = {}
    for path in [*private, *admin, *public]:
        client = Client() if path in public else alice_client
        with undone():
            answer = client.get(path, follow=path in public)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            finds = found_in(answer.content.decode())
            texts += finds.texts
            if finds.runs:
                wrong[path] = finds.runs

    assert wrong == {}
    # Else the pages would be silent because nothing of it is on them.
    assert texts > 500
