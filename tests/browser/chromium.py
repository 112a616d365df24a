"""A real Chromium for the tests: LEADWRIGHT_CHROMIUM, one on the PATH, Playwright's own, or Debian's package.

`python -m tests.browser.chromium` makes sure that there is one, or says how to get it.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def path() -> str | None:
    """The program to start, or None where Playwright shall use its own; raises LookupError where there is neither."""
    if named := os.environ.get("LEADWRIGHT_CHROMIUM"):
        return named
    for name in NAMES:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        if os.path.exists(playwright.chromium.executable_path):  # noqa: PTH110
            return None
    raise LookupError(
        "There is no Chromium. On Debian or Ubuntu: apt-get install chromium, or set LEADWRIGHT_CHROMIUM."
    )


def _run(*command: str) -> bool:
    print("+", *command, file=sys.stderr)
    return subprocess.run(command, check=False, stdout=sys.stderr).returncode == 0


def install() -> None:
    """Install Debian's Chromium where we may, else Playwright's own build."""
    may = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not may or shutil.which("sudo")):
        _run(*may, "apt-get", "update", "-qq")
        if _run(*may, "apt-get", "install", "-y", "-qq", "chromium"):
            return
    _run(sys.executable, "-m", "playwright", "install", "chromium")


def main() -> int:
    """Make sure that a Chromium is there; 0 if so."""
    try:
        path()
    except LookupError:
        install()
        try:
            path()
        except LookupError as error:
            print(error, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
