"""A real Chromium in front of the app, which a thread serves on loopback."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (1280, 390)
HEIGHT = 900
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"], "preload": False}
LISTEN = "document.addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective))"
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's Chromium with a folder of its own; without one nothing here is tested, and CI fails."""
    path = os.environ.get("MARKETPLACE_TEST_CHROMIUM") or shutil.which("chromium") or CHROMIUM
    if not Path(path).exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed: the journeys must be walked in a browser")
        pytest.skip("CHROMIUM IS NOT INSTALLED: no journey was walked in a browser (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class _Quiet(WSGIRequestHandler):
    def log_request(self, *args: Any, **kwargs: Any) -> None:
        """Nobody reads the access log of a test."""


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The address of the served app."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Visitor:
    """Somebody at a page; everything the browser complains about is kept in `complaints`."""

    def __init__(self, page: Any, site: str, locale: str, axe: str) -> None:
        self.page, self.site, self.locale, self._axe = page, site, locale, axe
        self.complaints: list[str] = []
        self.pages: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", self._failed)

    def _hear(self, message: Any) -> None:
        """Errors and warnings, except that Chromium reports a refused form (422) as a failed resource."""
        if message.type in {"error", "warning"} and "status of 422" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _failed(self, request: Any) -> None:
        """Whoever leaves a page ends the stream of its events: that is no complaint."""
        if request.resource_type == "eventsource" and request.failure == "net::ERR_ABORTED":
            return
        self.complaints.append(f"{request.url}: {request.failure}")

    def go(self, path: str) -> None:
        """Type an address."""
        answer = self.page.goto(self.site + path)
        assert answer.status == 200, (path, answer.status)
        self.look()

    def press(self, selector: str) -> None:
        """Follow a link or press a button that leads to another page, and look at it."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()
        self.look()

    def fill(self, **answers: str) -> None:
        """Answer fields by their names."""
        for name, value in answers.items():
            control = self.page.locator(f"#f-{name}")
            if control.evaluate("e => e.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)

    def text(self) -> str:
        """What stands in the main part of the page."""
        return str(self.page.locator("main").inner_text())

    def look(self) -> None:
        """What is asked of every page: language, one h1, nothing to scroll sideways, nothing for axe."""
        page = self.page
        self.pages.append(page.url)
        assert page.locator("html").get_attribute("lang") == ("en" if self.locale == "en" else "zh-CN")
        assert page.locator("h1").count() == 1, page.url
        if not self._axe:
            return
        page.evaluate(self._axe)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            assert not page.evaluate(SIDEWAYS), f"{page.url} scrolls sideways at {width} px"
            found = page.evaluate("options => axe.run(options).then(results => results.violations)", AXE)
            assert not found, (page.url, width, [(rule["id"], rule["nodes"][0]["html"]) for rule in found])


@pytest.fixture
def visit(chromium: Any, site: str) -> Callable[..., Any]:
    """`with visit(locale="en", script=False) as visitor`: a browser without history; no complaint may be left."""

    @contextmanager
    def begin(locale: str = "zh", *, script: bool = True) -> Iterator[Visitor]:
        from axe_playwright_python.sync_playwright import Axe

        context = chromium.new_context(java_script_enabled=script, viewport={"width": WIDTHS[0], "height": HEIGHT})
        context.set_default_timeout(10_000)
        if script:
            context.add_init_script(LISTEN)
        context.add_cookies([{"name": "marketplace_lang", "value": locale, "url": site}])
        try:
            visitor = Visitor(context.new_page(), site, locale, Axe().axe_script if script else "")
            yield visitor
            assert visitor.complaints == []
        finally:
            context.close()

    return begin
