"""Pages are light: sixty kilobytes on the first view, twenty on each later one."""

import gzip
import re

import pytest

from tests.fixtures.borough import Borough, Visit
from tests.fixtures.page_list import PAGES, Shown, address

FIRST, LATER = 60_000, 20_000


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_weight_on_the_wire(visit: Visit, shared_borough: Borough, shown: Shown) -> None:
    """A page, and all that it brings the first time, compressed as a browser asks for it."""
    role = shown.role or next(page.role for page in PAGES if page.role)
    browser = visit(shared_borough)(role)
    if shown.role is None:
        browser.cookies.clear()
    answer = browser.get(address(shown, shared_borough))
    page = len(gzip.compress(answer.content, 6))
    brought = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', answer.text))
    assets = sum(len(gzip.compress(browser.get(asset).content, 6)) for asset in brought)
    assert page <= LATER
    assert page + assets <= FIRST
    assert brought
