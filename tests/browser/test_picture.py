"""Takes the README's picture: `LEADWRIGHT_PICTURES=<address>:<session> python -m pytest tests/browser/test_picture.py`.

It is a screenshot of a running product, and wants one with data, such as the example firm; otherwise it is skipped.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

WANTED = os.environ.get("LEADWRIGHT_PICTURES", "")
PICTURE = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "today.png"


@pytest.mark.skipif(not WANTED, reason="takes a picture of a product that runs; LEADWRIGHT_PICTURES names it")
def test_the_first_screen_of_a_head_of_growth_is_kept_as_a_picture(browser: Browser) -> None:
    address, _, session = WANTED.rpartition(":")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/app/")
    page.wait_for_load_state("networkidle")
    page.get_by_text("This month").first.wait_for()
    PICTURE.parent.mkdir(exist_ok=True)
    page.screenshot(path=PICTURE)
    context.close()
    assert 20_000 < PICTURE.stat().st_size < 300_000
