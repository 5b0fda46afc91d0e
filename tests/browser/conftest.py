"""Debian's Chromium on the running application; without one these tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from promoter.accounts.models import User

CHROMIUM = shutil.which("chromium")
# What a click may take on a busy machine.
PATIENCE_MS = 15_000


@pytest.fixture(scope="module")
def _chromium() -> Iterator[Browser]:
    """Not for the whole session: while Playwright runs, its event loop is this thread's."""
    if CHROMIUM is None:
        pytest.skip("There is no chromium on this machine.")
    with (
        pytest.MonkeyPatch.context() as environment,
        sync_playwright() as playwright,
    ):
        # Django sees that loop and takes the test for asynchronous, which it isn't.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def sign_in(_chromium: Browser, live_server, monkeypatch) -> Iterator[Callable[..., Page]]:
    """Open a browser of its own for a person: `sign_in(alice)`. Script errors fail."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_browser(user: User, **options: object) -> Page:
        client = Client()
        client.force_login(user)
        context = _chromium.new_context(
            base_url=live_server.url,
            **{"viewport": {"width": 1280, "height": 900}} | options,
        )
        context.set_default_timeout(PATIENCE_MS)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_browser
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """axe finds nothing wrong with the page, in light and in dark, wide and narrow."""

    def check(page: Page) -> None:
        size = page.viewport_size
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found = Axe().run(page).response["violations"]
                wrong = [
                    (rule["id"], [node["target"] for node in rule["nodes"]])
                    for rule in found
                ]
                assert wrong == [], f"{page.url} at {width} px, {scheme}"
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{page.url} is wider than {width} px"
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light")

    return check
