"""Every page as a browser without JavaScript meets it: nothing on it waits for a script.

What htmx and our scripts add stands on forms and links that do the same alone. The acts
themselves are walked without JavaScript in tests/browser/test_newcomer.py.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from tests.rows import make_rows
from tests.test_tenancy import NUMBER, PRIVATE, path_of, text_of, undone

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

VOID = {"input", "img", "br", "hr", "meta", "link", "source", "wbr", "col"}
ACTS = {"hx-post", "hx-put", "hx-patch", "hx-delete"}
FIELDS = {"input", "select", "textarea"}
# It only shows anew what the page says already.
REFRESHES = ("every ", "load")


class Page(HTMLParser):
    """Collects what on a page does nothing by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.forms: list[dict[str, Any]] = []
        self.forms_by_id: set[str] = set()
        self.useless: list[str] = []
        self.feed(html)
        self.useless += [
            f"form to {form['action']} has no button"
            for form in self.forms
            if not form["button"] and form["id"] not in self.forms_by_id
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_hidden = "hidden" in given or any(
            "hidden" in above or (name == "dialog" and "open" not in above)
            for name, above in self.open
        )
        if not is_hidden:
            if tag == "form":
                self.forms.append(
                    {"action": given.get("action"), "id": given.get("id"), "button": False}
                )
            self.look_at(tag, given)
        if tag not in VOID:
            self.open.append((tag, given))

    def look_at(self, tag: str, given: dict[str, str | None]) -> None:
        inside = any(name == "form" for name, _ in self.open)
        line = f"{tag} {given}"
        if tag == "button":
            # The browser opens the one; the other is plain text until a script wakes it.
            if "popovertarget" in given or "disabled" in given:
                return
            if given.get("type") in {"button", "reset"}:
                self.useless.append(line)
            elif given.get("form"):
                self.forms_by_id.add(str(given["form"]))
            elif inside:
                self.forms[-1]["button"] = True
            else:
                self.useless.append(line)
        elif tag in FIELDS and not inside and "form" not in given:
            # One is there to be read and copied; a style sheet looks at the other.
            if "readonly" not in given and given.get("name") != "preview-size":
                self.useless.append(line)
        elif (
            tag == "a"
            and (given.get("href") or "#").startswith(("#!", "javascript:"))
            or ACTS & set(given)
            and not (given.get("hx-trigger") or "").startswith(REFRESHES)
        ):
            self.useless.append(line)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass


def test_nothing_on_any_page_waits_for_a_script(account, alice_client):
    rows = make_rows(NUMBER, account)
    useless = {}
    seen = 0
    for route in PRIVATE:
        path = path_of(route, rows) if route.takes_arguments else f"/{route.pattern}"
        with undone():
            answer = alice_client.get(path)
            html = text_of(answer) if answer.status_code == 200 else ""
        if "<html" in html:
            seen += 1
            if found := Page(html).useless:
                useless[route.name] = found

    assert useless == {}
    assert seen > 60


def test_what_waits_for_a_script_is_found():
    html = """
        <main><button type="button">Do it</button><input name="q">
        <a href="javascript:x()">x</a>
        <form action="/a"><input name="b"></form><button hx-post="/c">c</button>
        <span hx-delete="/d">d</span><button type="button" hidden>Copy</button>
        <form action="/e"><input name="f"><button>Go</button></form></main>
    """
    assert len(Page(html).useless) == 6
