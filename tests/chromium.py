"""A real Chromium for the tests of a module: skipped with a reason where it cannot start, failed when required."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def chromium_path() -> str | None:
    """Debian's Chromium; None lets Playwright look for its own."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def cannot(reason: str) -> None:
    """Skip where a browser is a comfort, fail where ``REQUIRE_BROWSER=1`` says it is a duty."""
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"REQUIRE_BROWSER=1: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module: while it lives its event loop runs, and others could not run theirs."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(
                executable_path=chromium_path(), args=["--no-sandbox"] if os.geteuid() == 0 else []
            )
        except Error as error:
            cannot(f"Chromium does not start: {str(error).splitlines()[0]}")
            raise
        yield opened
        opened.close()
