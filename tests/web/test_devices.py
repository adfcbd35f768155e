"""Which devices are heard, where they were, and which of their frames never came."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from decoders.model import Reception
from storage.pages_devices import Frame, ListedDevice, Stay
from tests.fixtures import borough_world as world
from tests.fixtures.borough import Borough, Visit
from web import frames, privacy
from web.identity import Role

LIST = "/engineering/devices"
ADDRESSES = ("12 Acacia Road", "7 Mill Lane", "Bedroom", "Living room", "Bathroom")
FRAME = Frame(world.NOW, "x", "chirpstack-v4", None, "01000001", 1, 10, 5, ())
LISTED = ListedDevice(
    "0" * 16,
    "",
    "",
    world.NOW,
    world.NOW - timedelta(days=30),
    timedelta(hours=1),
    None,
    None,
    84,
    None,
    None,
    None,
)


def rows_of(text: str) -> list[list[str]]:
    """Read a CSV without its heading."""
    return list(csv.reader(io.StringIO(text)))[1:]


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"search": "02C17A000000012"}, [f"bay-{n}" for n in range(1, 9)]),
        ({"search": "Dust "}, ["East", "North", "South", "West"]),
        ({"search": "bay-", "codec": "senml"}, []),
        ({"search": "b"}, [f"bay-{n}" for n in range(1, 9)]),
        ({"codec": "senml"}, ["wind roof"]),
        ({"silent": "yes"}, ["room-20", "bay-7"]),
        ({"battery": "low"}, ["room-18"]),
        ({"battery": "low", "silent": "yes"}, []),
    ],
)
def test_filters(
    visit: Visit, shared_borough: Borough, params: dict[str, str], names: list[str]
) -> None:
    """By the beginning of a dev_eui or of a name, by codec, silence and battery."""
    text = visit(shared_borough)(Role.ENGINEER).get(LIST, params={**params, "csv": "devices"}).text
    found = rows_of(text)
    assert len(found) == len(names)
    assert all(name in row[1] for name, row in zip(names, found, strict=True))


def test_pages_follow_each_other(visit: Visit, borough: Borough) -> None:
    """Fifty rows a page, by dev_eui and by name, none twice and none left out."""
    with borough.connect() as connection:
        connection.execute(
            "insert into device (dev_eui, name, profile, application, codec, environment,"
            " reporting_interval, tags, first_seen_at, last_seen_at)"
            " select 'ff' || lpad(n::text, 14, '0'), 'meter ' || mod(n, 7), '', '', '', 'outdoor',"
            " '1 hour', '{}', %s, %s from generate_series(1, 120) as n",
            [world.BEGIN, world.NOW],
        )
    browser = visit(borough)(Role.ENGINEER)
    for search, number in (("", 137), ("meter", 120)):
        seen: list[str] = []
        page = ""
        address: str | None = f"{LIST}?search={search}"
        while address:
            page = browser.get(address).text
            seen += [part[:16] for part in page.split('href="/engineering/devices/')[1:]]
            after = page.split('govuk-pagination__next"><a class="govuk-link')
            address = (
                after[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
                if after[1:]
                else None
            )
        assert len(seen) == len(set(seen)) == number
        assert "Back to the first devices" in page
    text = browser.get(LIST, params={"csv": "devices"}).text
    assert len(rows_of(text)) == 137


@pytest.mark.parametrize("address", [LIST, f"{LIST}/{world.BEDROOM.dev_eui}"])
@pytest.mark.parametrize("role", [Role.ENGINEER, Role.READ_ONLY, Role.ADMIN])
def test_no_home_is_named(visit: Visit, shared_borough: Borough, address: str, role: Role) -> None:
    """A device of a home is at `a home`: neither its address nor its room is told."""
    page = visit(shared_borough)(role).get(address).text
    assert "a home" in page
    assert not any(name in page for name in ADDRESSES)


def test_homes_readings_are_not_shown(visit: Visit, shared_borough: Borough) -> None:
    """Of a home's device the battery is drawn, and nothing of the room; not even when asked for."""
    browser = visit(shared_borough)(Role.ENGINEER)
    address = f"{LIST}/{world.BEDROOM.dev_eui}"
    page = browser.get(address, params={"measured": "relative_humidity"}).text
    assert "battery_level, as hourly means" in page
    assert ">relative_humidity" not in page
    assert "on the page of the room" in page


def test_device_page(visit: Visit, shared_borough: Borough) -> None:
    """Where it was, what it says now and said by the hour, and each frame with what was lost."""
    browser = visit(shared_borough)(Role.READ_ONLY)
    address = f"{LIST}/{world.NORTH.dev_eui}"
    page = browser.get(address, params={"measured": "pm10", "period": "7d"}).text
    assert "dust North gate was last heard 19 minutes ago" in page
    assert "beside its last 200 frames, 5 were lost (2.4 %)" in page
    assert "Quayside works, North gate" in page
    numbers = rows_of(browser.get(address, params={"measured": "pm10", "csv": "numbers"}).text)
    peak = next(row for row in numbers if row[0] == "2026-11-23T10:00:00+00:00")
    assert float(peak[1]) > 190
    days = rows_of(
        browser.get(address, params={"measured": "pm10", "period": "30d", "csv": "numbers"}).text
    )
    assert (len(days), days[0][4], days[-1][3]) == (31, "24", "0")
    shown = rows_of(browser.get(address, params={"csv": "frames"}).text)
    assert sum(int(row[2] or 0) for row in shown) == 1


def test_device_that_was_never_heard(visit: Visit, shared_borough: Borough) -> None:
    """An unknown dev_eui is said in words, and a link to it waits for nothing."""
    answer = visit(shared_borough)(Role.ENGINEER).get(f"{LIST}/ffffffffffffffff")
    assert answer.status_code == 404
    assert "No device of this dev_eui was ever heard." in answer.text


def test_device_without_anything(visit: Visit, borough: Borough) -> None:
    """A device that is installed nowhere and has measured nothing has a page that says so."""
    with borough.connect() as connection:
        connection.execute(
            "insert into device (dev_eui, name, profile, application, codec, environment,"
            " reporting_interval, tags, first_seen_at, last_seen_at)"
            " values ('ffffffffffffffff', '', '', '', '', 'outdoor', '1 hour', '{}', %s, %s)",
            [world.NOW - timedelta(days=2), world.NOW - timedelta(days=2)],
        )
    page = visit(borough)(Role.ENGINEER).get(f"{LIST}/ffffffffffffffff").text
    assert "ffffffffffffffff was last heard 2 days ago, and is expected every 1 hour." in page
    assert "It is installed nowhere." in page
    assert "No frame is stored." in page


def _frames(*counters: tuple[str, int]) -> list[Frame]:
    """Give frames, the newest first, by session and counter of the oldest first."""
    return [replace(FRAME, dev_addr=addr, f_cnt=count) for addr, count in reversed(counters)]


@pytest.mark.parametrize(
    ("counters", "lost"),
    [
        ([], 0),
        ([("a", 7)], 0),
        ([("a", 7), ("a", 8), ("a", 9)], 0),
        ([("a", 7), ("a", 10), ("a", 11)], 2),
        ([("a", 7), ("b", 0), ("b", 1)], 0),
        ([("a", 900), ("a", 0), ("a", 2)], 1),
        ([("a", 5), ("a", 5)], 0),
    ],
)
def test_loss_by_counter(counters: list[tuple[str, int]], lost: int) -> None:
    """A hole in the counter is a lost frame; a join, a reset and a repetition are not."""
    found = frames.loss(_frames(*counters))
    assert (found.received, found.lost) == (len(counters), lost)
    assert found.share == (100 * lost / (lost + len(counters)) if counters else None)


def test_best_copy() -> None:
    """The strongest of the copies that tell their strength."""
    copies = (Reception("a", rssi=-110), Reception("b"), Reception("c", rssi=-80))
    assert replace(FRAME, receptions=copies).best_rssi == -80
    assert FRAME.best_rssi is None


def test_capture() -> None:
    """The uplinks of a week against those expected, or since a device was first heard."""
    assert LISTED.capture(world.NOW) == 50
    young = replace(LISTED, first_seen_at=world.NOW - timedelta(minutes=5), uplinks=1)
    assert young.capture(world.NOW) == 100
    assert replace(LISTED, uplinks=999).capture(world.NOW) == 100


@pytest.mark.parametrize(
    ("kinds", "environment", "home"),
    [
        ([], "indoor", True),
        ([], "outdoor", False),
        (["station"], "indoor", False),
        (["bay", "room"], "outdoor", True),
    ],
)
def test_what_counts_as_a_home(kinds: list[str], environment: str, *, home: bool) -> None:
    """Who was ever in a room is a home's; who is indoors and nowhere might be."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    stays = [Stay("p", kind, "x", None, None, at, None) for kind in kinds]
    assert privacy.is_home(stays, environment) is home


def test_batteries_are_told_as_the_device_does(visit: Visit, borough: Borough) -> None:
    """A level in %, a voltage, or a word of low or good."""
    with borough.connect() as connection:
        connection.execute(
            "with low as (insert into series (device_id, channel, property_id)"
            " select device.id, '', observed_property.id from device, observed_property"
            " where dev_eui in (%s, %s) and observed_property.name = 'battery_low'"
            " returning id, device_id)"
            " insert into latest select low.id, %s, (dev_eui = %s)::int, 1"
            " from low join device on device.id = device_id",
            [world.BAYS[0].dev_eui, world.BAYS[1].dev_eui, world.NOW, world.BAYS[0].dev_eui],
        )
    browser = visit(borough)(Role.ENGINEER)
    text = browser.get(LIST, params={"csv": "devices"}).text
    told = {row[1]: row[6] for row in rows_of(text)}
    assert (told["bay-1"], told["bay-2"], told["bay-3"]) == ("low", "good", "")
    assert (told["room-17"], told["dust North gate"]) == ("88 %", "3.4 V")
    low = browser.get(LIST, params={"battery": "low", "csv": "devices"}).text
    assert [row[1] for row in rows_of(low)] == ["room-18", "bay-1"]
