"""Every page, at a desk, on a phone, at 400 %: accessible, never too wide, whole without scripts.

A page is added by a line in `tests/fixtures/page_list.py`.
"""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.fixtures.browser import WIDTHS, Desk, Served, complaints
from tests.fixtures.page_list import PAGES, Shown, address

_STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_RUN = f"""axe.run({{runOnly: {{type: 'tag', values: {list(_STANDARDS)}}}}}).then(
    found => found.violations.map(rule => rule.id + ': ' + rule.nodes.map(node => node.html))
)"""
_CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]"
_UNREACHED = f"""() => [...document.querySelectorAll('{_CONTROLS}')]
    .filter(each => each.checkVisibility() && each.getAttribute('tabindex') !== '-1')
    .filter(each => {{
        each.focus();
        const round = ['radio', 'checkbox'].includes(each.type);
        const style = round ? getComputedStyle(each.nextElementSibling, '::before')
                            : getComputedStyle(each);
        const shown = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
        return document.activeElement !== each || each.tabIndex !== 0 || !shown;
    }})
    .map(each => each.outerHTML.slice(0, 150))"""
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(params=PAGES, ids=lambda shown: shown.name)
def shown(request: pytest.FixtureRequest) -> Shown:
    """Give each page of the list."""
    page: Shown = request.param
    return page


def test_page_is_accessible_and_fits(desk: Desk, served: Served, shown: Shown) -> None:
    """At every width no axe violation and no sideways scroll; every control takes the focus."""
    page = desk.open(served, shown.role)
    with complaints(page) as said:
        page.goto(address(shown, served.borough), wait_until="load")
        page.evaluate(AXE_SCRIPT)
        wrong = {width: _look(page, width) for width in WIDTHS}
    assert wrong == dict.fromkeys(WIDTHS, (0, []))
    assert page.evaluate(_UNREACHED) == []
    assert page.locator("h1").count() == 1
    assert [line for line in said if "404" not in line] == []


def _look(page: Page, width: int) -> tuple[int, list[str]]:
    """Give how much wider than its window a page is, and what axe finds."""
    page.set_viewport_size({"width": width, "height": 900})
    return page.evaluate(_WIDER), page.evaluate(_RUN)


def test_page_is_whole_without_scripts(desk: Desk, served: Served, shown: Shown) -> None:
    """With scripts off a phone shows the same page, and it fits."""
    page = desk.open(served, shown.role, width=390, scripts=False)
    page.goto(address(shown, served.borough), wait_until="load")
    assert page.locator("h1").count() == 1
    assert len(page.locator("main").inner_text()) > 60
    box = page.locator("main").bounding_box()
    assert box is not None
    assert box["width"] <= 390
