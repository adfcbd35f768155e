"""`quality` tells which of a device's readings stand out, and by which test."""

from storage.connection import Connection
from storage.places import Installation, Place, install
from tests.fixtures.commands import ask, run
from tests.fixtures.readings import MONDAY, ROOM, SITE, hourly, store

HOME = Place("dwelling", "1 Surrey Street", patch="north", uprn="100020000001")
WEEK = ("--from", "2026-05-11", "--to", "2026-05-18")


def test_flags_of_a_device(database: Connection, dsn: str) -> None:
    """Counts of each test, and the readings that one finds suspect or failed."""
    values = [20.0, 21.0, 20.0, 55.0, 21.0, 20.0, None, None, None, None, 21.0, 20.0]
    store(database, hourly(values, name="temperature"))
    store(database, hourly([40.0, float("nan")], name="relative_humidity", minute=6))
    answer = ask(dsn, "quality", SITE.upper(), *WEEK)
    humidity, air = answer["series"]
    assert (air["property"], air["unit"], air["readings"]) == ("temperature", "Cel", 8)
    assert air["tests"]["spike"] == {"good": 1, "unknown": 4, "fail": 3}
    assert air["tests"]["gap"] == {"good": 6, "unknown": 1, "fail": 1}
    assert air["flagged"][1] == {
        "time": "2026-05-11T03:05:00+00:00",
        "value": 55.0,
        "range": 3,
        "spike": 4,
        "rate": 1,
        "flat": 1,
        "gap": 1,
        "attenuated": 2,
        "multivariate": 2,
        "neighbour": 2,
        "quality": 4,
    }
    assert humidity["flagged"][0]["value"] is None
    few = ask(dsn, "quality", SITE, *WEEK, "--property", "temperature", "--most", "1")
    assert [len(each["flagged"]) for each in few["series"]] == [1]
    said = run(dsn, "quality", SITE, *WEEK, "--property", "temperature").stdout
    assert said.startswith("temperature: 8 readings, Cel\n  range: 7 good, 1 suspect\n")
    assert "55.0" in said
    calm = run(dsn, "quality", SITE, "--from", "2026-05-11", "--to", "2026-05-11T00:10Z").stdout
    assert "55.0" not in calm


def test_unknown_device(dsn: str) -> None:
    """A device that measured nothing such is told in a sentence."""
    result = run(dsn, "quality", "02c17a00000000ff", *WEEK)
    assert result.exit_code == 1
    assert result.stderr == "no device 02c17a00000000ff has such readings\n"


def test_home_knows_who_read_it(database: Connection, dsn: str) -> None:
    """The flags of a room's device are a home's data: its audit says who looked."""
    bedroom = Installation(ROOM, Place("room", "Bedroom"), HOME, MONDAY)
    install(database, bedroom, secret=b"secret")
    store(database, hourly([20.0, 21.0], name="temperature", dev_eui=ROOM))
    store(database, hourly([20.0, 21.0]))
    for dev_eui in (ROOM, SITE):
        ask(dsn, "quality", dev_eui, *WEEK, "--by", "Ada")
    [(home,)] = database.execute("select public_id from place where kind = 'dwelling'").fetchall()
    assert database.execute("select actor, action, subject from audit").fetchall() == [
        ("Ada", "dwelling device read", home)
    ]
