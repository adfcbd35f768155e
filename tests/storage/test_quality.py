"""The flags of stored readings: the same however the readings came."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from alerts import quality_settings
from storage import quality, rollups
from storage.connection import Connection, connect
from storage.instance import Mode
from storage.model import UplinkRecord
from storage.places import Installation, Place, install
from tests.fixtures.postgres import Server
from tests.fixtures.readings import HOUR, MONDAY, SITE, reading, store

DAY = 24 * HOUR
SETTINGS = quality_settings.load()


def week() -> list[UplinkRecord]:
    """Give hourly temperatures with a spike, a stuck stretch and lost uplinks."""
    values = [20 + (number % 7) / 2 for number in range(168)]
    values[30] = 40.0
    values[60:125] = [21.0] * 65
    lost = {10, 11, 12, 13, 14, 140}
    return [
        reading(MONDAY + number * HOUR, {"temperature": value})
        for number, value in enumerate(values)
        if number not in lost
    ]


def judged(connection: Connection, since: int = 0, until: int = 168) -> list[tuple[int, ...]]:
    """Give the hour and the flags of each reading between two hours."""
    start, end = MONDAY + since * HOUR, MONDAY + until * HOUR
    [series] = quality.series(connection, SITE, start, end)
    return [
        ((e.reading.time - MONDAY) // HOUR, e.range, e.spike, e.rate, e.flat, e.gap, e.quality)
        for e in quality.flags(connection, series, start, end, SETTINGS)
    ]


def test_any_order_gives_the_same_flags(postgres_server: Server) -> None:
    """Shuffled, in batches, some twice and asked for in between: the flags are the same."""

    def after(batches: Sequence[Sequence[UplinkRecord]]) -> list[tuple[int, ...]]:
        with postgres_server.database(Mode.SIMULATION) as dsn, connect(dsn) as connection:
            for batch in batches:
                store(connection, batch)
                judged(connection)
            return judged(connection)

    records = week()
    expected = after([records])
    assert len(expected) == 162
    by_hour = {row[0]: row for row in expected}
    assert by_hour[30][2] == 4
    assert (by_hour[83][4], by_hour[84][4], by_hour[108][4], by_hour[125][4]) == (1, 3, 4, 1)
    assert (by_hour[15][5], by_hour[141][5], by_hour[16][5]) == (4, 1, 1)
    dice = Random(4)  # noqa: S311 - nothing secret
    for _ in range(3):
        mixed = [*records, *dice.sample(records, 8)]
        dice.shuffle(mixed)
        cut = dice.randrange(len(mixed))
        assert after([mixed[:cut], mixed[cut:]]) == expected


def test_part_of_a_series_has_the_flags_of_the_whole(database: Connection) -> None:
    """Asked for a stretch, its first and last readings are judged by their neighbours too."""
    store(database, week())
    whole = judged(database)
    for since in (15, 31, 85, 110, 141):
        expected = [row for row in whole if since <= row[0] < since + 20]
        assert judged(database, since, since + 20) == expected


def test_late_reading_changes_its_neighbours_flags(database: Connection) -> None:
    """A reading that comes after all is the neighbour of those beside it."""
    records = week()
    store(database, [record for record in records if record.time != MONDAY + 29 * HOUR])
    before = {row[0]: row for row in judged(database)}
    store(database, records)
    after = {row[0]: row for row in judged(database)}
    assert (29 in before, 29 in after) == (False, True)
    assert (before[28][2], after[28][2]) == (4, 1)


def test_interval_is_that_of_the_place(database: Connection) -> None:
    """How often a device should report is what its installation says; a stranger has no series."""
    store(database, week())
    gate = Place("position", "Gate")
    install(
        database,
        Installation(SITE, gate, Place("site", "Quay"), MONDAY, None, timedelta(minutes=20)),
        secret=b"",
    )
    [series] = quality.series(database, SITE, MONDAY, MONDAY + DAY)
    assert series.interval == timedelta(minutes=20)
    assert series.observed_property == "temperature"
    assert {row[5] for row in judged(database, 1)} == {3, 4}
    assert quality.series(database, "02c17a00000000ff", MONDAY, MONDAY + DAY) == []


def beside(connection: Connection, dev_eui: str, name: str, hours: int) -> dict[str, set[int]]:
    """Give what the tests beside more than the next readings say of a series from an hour on."""
    since, until = MONDAY + hours * HOUR, MONDAY + 400 * HOUR
    told = quality.series(connection, dev_eui, since, until)
    [series] = [each for each in told if each.observed_property == name]
    found = list(quality.flags(connection, series, since, until, SETTINGS))
    assert found
    tests = ("attenuated", "multivariate", "neighbour", "quality")
    return {test: {getattr(each, test) for each in found} for test in tests}


def test_dust_in_fog_and_more_fine_dust_than_dust(database: Connection) -> None:
    """Values of one message that cannot be true together are suspect, whichever they are of."""
    air = {"pm10": 10.0, "pm2_5": 8.0, "relative_humidity": 70.0}
    store(
        database,
        [
            reading(MONDAY, air),
            reading(MONDAY + HOUR, air | {"pm2_5": 16.0}),
            reading(MONDAY + 2 * HOUR, air | {"relative_humidity": 96.0}),
        ],
    )
    found = {}
    for series in quality.series(database, SITE, MONDAY, MONDAY + DAY):
        flags = quality.flags(database, series, MONDAY, MONDAY + DAY, SETTINGS)
        found[series.observed_property] = [each.multivariate for each in flags]
    assert found == {"pm10": [1, 3, 3], "pm2_5": [1, 3, 3], "relative_humidity": [2, 2, 2]}


def test_sensor_that_hardly_moves(database: Connection) -> None:
    """Seven days within a tenth of a degree are suspect; what was read before them is looked at."""
    values = [20 + 0.06 * (number % 3) for number in range(200)]
    store(database, [reading(MONDAY + n * HOUR, {"temperature": v}) for n, v in enumerate(values)])
    assert beside(database, SITE, "temperature", 180)["attenuated"] == {3}
    assert 2 in beside(database, SITE, "temperature", 0)["attenuated"]


def test_room_far_from_the_other_rooms(database: Connection) -> None:
    """A day's mean is compared with the same home's rooms, or with the area's when they are few."""
    home = Place("dwelling", "1 Surrey Street", area="Addiscombe", patch="north", uprn="100")
    other = Place("dwelling", "2 Surrey Street", area="Addiscombe", patch="north", uprn="101")
    rooms = {f"02c17a000000010{n}": 20.0 + n for n in range(5)}
    rooms["02c17a0000000104"] = 31.0
    for number, (dev_eui, level) in enumerate(rooms.items()):
        within = other if number == 3 else home
        place = Installation(dev_eui, Place("room", f"Room {number}"), within, MONDAY)
        install(database, place, secret=b"s")
        values = [{"temperature": level + n % 2} for n in range(30)]
        store(
            database,
            [reading(MONDAY + n * HOUR, v, dev_eui=dev_eui) for n, v in enumerate(values)],
        )
    rollups.recompute(database, 10_000, MONDAY + 40 * HOUR)
    assert beside(database, "02c17a0000000104", "temperature", 20)["neighbour"] == {3}
    assert beside(database, "02c17a0000000103", "temperature", 20)["neighbour"] == {1}
    assert beside(database, "02c17a0000000101", "temperature", 20)["neighbour"] == {1}
    assert 2 in beside(database, "02c17a0000000101", "temperature", 0)["neighbour"]
    database.execute("update place set area = ''")
    assert beside(database, "02c17a0000000103", "temperature", 20)["neighbour"] == {2}
