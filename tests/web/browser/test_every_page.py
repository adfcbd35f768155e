"""Every page, at a desk, on a phone, at 400 %: accessible, never too wide, whole without scripts.

A page is added by a line in `tests/fixtures/page_list.py`.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.fixtures.browser import WIDTHS, Desk, Served, complaints
from tests.fixtures.page_list import PAGES, Shown, address

_STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_OPTIONS = {"runOnly": {"type": "tag", "values": list(_STANDARDS)}, "resultTypes": ["violations"]}
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_AXE = Axe()


@pytest.fixture(params=PAGES, ids=lambda shown: shown.name)
def shown(request: pytest.FixtureRequest) -> Shown:
    """Give each page of the list."""
    page: Shown = request.param
    return page


@pytest.mark.parametrize("width", WIDTHS)
def test_page_is_accessible_and_fits(desk: Desk, served: Served, shown: Shown, width: int) -> None:
    """No axe violation, no sideways scroll, no complaint of the browser, one heading."""
    page = desk.open(served, shown.role, width=width)
    with complaints(page) as said:
        page.goto(address(shown, served.borough), wait_until="load")
        assert page.locator("h1").count() == 1
        assert page.evaluate(_WIDER) == 0
        found = _AXE.run(page, options=_OPTIONS)
    assert found.violations_count == 0, found.generate_report()
    assert [line for line in said if "404" not in line] == []


def test_page_is_whole_without_scripts(desk: Desk, served: Served, shown: Shown) -> None:
    """With scripts off a phone shows the same page, and it fits."""
    page = desk.open(served, shown.role, width=390, scripts=False)
    page.goto(address(shown, served.borough), wait_until="load")
    assert page.locator("h1").count() == 1
    assert len(page.locator("main").inner_text()) > 60
    box = page.locator("main").bounding_box()
    assert box is not None
    assert box["width"] <= 390
