"""Texts that would run a script, wherever one can be put; every page opened in Chromium.

Without the content policy: that it would stop them too is another test's matter.
"""

from __future__ import annotations

import pytest
from django.test import Client

from promoter.lib.signing import make_token
from surveys.models import Survey
from tests.hostile_texts import TEXTS, poison
from tests.rows import make_rows
from tests.test_tenancy import NUMBER, PRIVATE, path_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# So many texts fit into a short field at once; each field has had each after these turns.
TURNS = range(0, len(TEXTS), 4)


def is_page(client: Client, path: str) -> bool:
    answer = client.get(path)
    kind = answer.headers.get("Content-Type", "")
    return answer.status_code == 200 and kind.startswith("text/html")


def test_hostile_texts_run_nowhere(sign_in, account, alice, alice_client):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    rows = make_rows(NUMBER, account)
    token, way_out = (
        make_token(name, rows[Survey].pk) for name in ("survey", "unsubscribe")
    )
    paths = [
        path_of(route, rows) if route.takes_arguments else f"/{route.pattern}"
        for route in PRIVATE
    ]
    paths += [f"/s/{token}/?score=9", f"/u/{way_out}/"]
    poison(rows)
    pages = [path for path in paths if is_page(alice_client, path)]
    assert len(pages) > 60

    page = sign_in(alice, bypass_csp=True)
    ran: list[str] = []
    page.expose_function("canary", lambda: ran.append(page.url))
    page.on("dialog", lambda dialog: (ran.append(page.url), dialog.dismiss()))
    # The proof that a script would be heard.
    page.goto("/")
    page.evaluate("document.body.innerHTML = '<img src=x onerror=\"canary(); heard = 1\">'")
    page.wait_for_function("window.heard")
    assert ran
    ran.clear()

    for turn in TURNS:
        poison(rows, turn)
        for path in pages:
            page.goto(path)
            page.evaluate("() => new Promise(requestAnimationFrame)")
    assert ran == []
