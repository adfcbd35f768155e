"""The six pictures of `docs/pages.md`: `make pictures` takes them again, of the tests' borough."""

import os
import re
import struct
from pathlib import Path

import pytest

from tests.fixtures.browser import Desk, Served
from tests.fixtures.page_list import Shown, address
from web.identity import Role

DOCS = Path(__file__).parents[3] / "docs"
WIDTH, HEIGHT = 1280, 900
PICTURES = {
    "homes": Shown(Role.HOUSING, "/homes"),
    "room": Shown(Role.HOUSING, "/homes/rooms/{12 Acacia Road / Bedroom}"),
    "case": Shown(Role.HOUSING, "/cases/{case}"),
    "site": Shown(Role.ENVIRONMENT, "/sites/{Quayside works}?period=7d"),
    "zone": Shown(Role.PARKING, "/parking/{High Street}"),
    "engineering": Shown(Role.ENGINEER, "/engineering"),
}


@pytest.mark.skipif("PICTURES" not in os.environ, reason="pictures are taken by make pictures")
def test_pictures_are_taken(desk: Desk, served: Served) -> None:
    """Each page is taken as a desk shows it first."""
    folder = Path(os.environ["PICTURES"])
    for name, shown in PICTURES.items():
        page = desk.open(served, shown.role)
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        page.goto(address(shown, served.borough), wait_until="load")
        page.screenshot(path=folder / f"{name}.png")


def test_docs_show_the_pictures_that_there_are() -> None:
    """Every picture stands in the docs with a text for who does not see it, and no other."""
    text = (DOCS / "pages.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"!\[([^\]]+)\]\(pictures/(\w+)\.png\)", text))
    assert set(told.values()) == set(PICTURES) == {p.stem for p in (DOCS / "pictures").iterdir()}
    for name in PICTURES:
        head = (DOCS / "pictures" / f"{name}.png").read_bytes()[:24]
        assert head.startswith(b"\x89PNG")
        assert struct.unpack(">II", head[16:]) == (WIDTH, HEIGHT)
    assert all(len(words) > 30 for words in told)
