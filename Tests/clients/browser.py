"""Chromium for the tests of the page: Debian's own, driven by Playwright; nothing is downloaded."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import Any

import pytest


def chromium() -> str | None:
    """Where Chromium is; nothing where there is none."""
    return os.environ.get("CARREL_CHROMIUM") or shutil.which("chromium")


@contextmanager
def browser():
    """A headless browser; the test is skipped where none is installed."""
    path = chromium()
    if path is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    # Chromium's sandbox does not start as root, which tests in containers often are.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=options)
        try:
            yield running
        finally:
            running.close()


class Tab:
    """One page in a browser profile of its own, with everything noted that should never happen."""

    def __init__(self, running, url: str, **options: Any) -> None:
        self.context = running.new_context(locale="en-GB", **({"viewport": {"width": 1100, "height": 800}} | options))
        self.page = self.context.new_page()
        self.url = url
        #: Errors of scripts, refusals by the content security policy, dialogs.
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", lambda message: self._hear(message.text))
        self.page.on("dialog", lambda dialog: (self.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', event => console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI))")

    def _hear(self, text: str) -> None:
        if "CSP" in text or "Content Security Policy" in text or "TrustedHTML" in text:
            self.faults.append(text)

    def open(self, key: str | None = None, rest: str = "") -> "Tab":
        """Opens the page, signed in if there is a key, and waits until it has said what there is."""
        fields = "&".join(part for part in (f"key={key}" if key else "", rest) if part)
        self.page.goto(f"{self.url}/" + (f"#{fields}" if fields else ""))
        if key:
            self.page.wait_for_selector("#tenant:not(:empty)")
        return self

    def type(self, text: str) -> None:
        self.page.locator("#query").press_sequentially(text, delay=5)

    def search(self, text: str) -> list[str]:
        """Types a query and returns the titles it brings."""
        # The summary is emptied first, lest that of the search before is taken for this one's.
        self.page.evaluate("document.querySelector('#summary').replaceChildren()")
        self.page.locator("#query").fill(text)
        self.page.wait_for_function("query => document.querySelector('#summary').textContent && !document.querySelector('#hits.old')"
                                    " && document.querySelector('#query').value === query", arg=text)
        self.page.wait_for_function("() => document.querySelectorAll('#hits a').length || document.querySelector('#summary').textContent.includes('Nothing')")
        return self.titles()

    def titles(self) -> list[str]:
        return self.page.locator("#hits h2").all_inner_texts()

    def expect_titles(self, titles: list[str]) -> None:
        """Waits until exactly these hits are shown."""
        try:
            self.page.wait_for_function("titles => JSON.stringify([...document.querySelectorAll('#hits h2')].map(title => title.innerText))"
                                        " === JSON.stringify(titles)", arg=titles)
        except Exception:
            assert self.titles() == titles

    def focused(self) -> str:
        """The id, else the text, of what has the focus."""
        return self.page.evaluate("document.activeElement.id || document.activeElement.textContent")

    def close(self) -> None:
        self.context.close()
