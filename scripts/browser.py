"""The browser that the tests drive: CHROMIUM, one on the PATH, Debian's package, or Playwright's own.

When there is none and none can be installed, the browser tests themselves fail and say what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WHAT_TO_INSTALL = (
    "The browser tests need Chromium. Install it (Debian: apt-get install chromium; anywhere: "
    "python -m playwright install chromium) or name one: CHROMIUM=/path/to/chromium make test"
)


class NoBrowser(Exception):
    """There is no browser; the message says what to install."""


def chromium() -> str:
    """The path of the browser to use.

    Errors: NoBrowser, also when CHROMIUM names a file that isn't there.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        if shutil.which(named):
            return named
        raise NoBrowser(f"CHROMIUM is {named}, but there is no such program. {WHAT_TO_INSTALL}")
    for name in NAMES:
        if found := shutil.which(name):
            return found
    if own := playwrights_own():
        return own
    raise NoBrowser(WHAT_TO_INSTALL)


def playwrights_own() -> str | None:
    """The Chromium that Playwright has installed for itself, if it has."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def find_or_install() -> str | None:
    """The browser; installed when there is none. None when that fails: the browser tests then say what to do."""
    for attempt in (None, install_debians, install_playwrights):
        if attempt is not None:
            attempt()
        try:
            return chromium()
        except NoBrowser:
            if os.environ.get("CHROMIUM"):
                return None
    return None


def install_debians() -> None:
    """Debian's package, where we are root on Debian."""
    if not is_root_on_debian():
        return
    print("Installing Debian's chromium ...", flush=True)  # noqa: T201 (a command's words)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.call(["apt-get", "update", "-qq"], env=quiet)  # noqa: S607 (root's own PATH)
    subprocess.call(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],  # noqa: S607
        env=quiet,
        stdout=subprocess.DEVNULL,
    )


def is_root_on_debian() -> bool:
    """Whether packages can be installed here."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and Path("/etc/debian_version").exists()


def install_playwrights() -> None:
    """Playwright's own Chromium, into the home folder."""
    print("Installing Playwright's Chromium ...", flush=True)  # noqa: T201
    subprocess.call([sys.executable, "-m", "playwright", "install", "chromium"])
