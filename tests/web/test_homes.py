"""Housing officers see which rooms are damp, and why; nobody else sees a home."""

from datetime import timedelta

import pytest

from alerts import figures as practice
from alerts.indices.moisture import Diagnosis
from storage import pages_homes
from storage.pages_hours import Hour
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.borough_world import NOW
from tests.fixtures.web import form_token_of
from web import rooms
from web.identity import Person, Role
from web.pages.homes import sentence as homes_sentence
from web.pages.room import sentence as room_sentence
from web.rooms import Air, Room

FIGURES = practice.load()
UNTIL = NOW.replace(minute=0)
SINCE = UNTIL - timedelta(days=31)
PLAIN = Room(0.75, "sensitive")


def _hours(value: float, *, every: int = 1) -> dict[object, Hour]:
    starts = [SINCE + timedelta(hours=n) for n in range(0, 31 * 24, every)]
    return {start: Hour(start, 6, 6, value, value, value, valid=True) for start in starts}


def _air(temperature: float, humidity: float, outdoor: float | None = 2.0) -> Air:
    outside = {} if outdoor is None else _hours(outdoor)
    damp = {} if outdoor is None else _hours(85.0)
    return Air(_hours(temperature), _hours(humidity), outside, damp)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("temperature", "humidity", "looked_for"),
    [
        (20.0, 85.0, Diagnosis.WATER),
        (20.0, 54.0, Diagnosis.MOISTURE),
        (14.0, 65.0, Diagnosis.HEATING),
        (21.0, 30.0, Diagnosis.NONE),
    ],
)
def test_diagnosis(temperature: float, humidity: float, looked_for: Diagnosis) -> None:
    """The same readings say whether to look at water, moisture, heating, or nowhere."""
    air = _air(temperature, humidity)
    climate = rooms.climate(air, PLAIN, SINCE, UNTIL, FIGURES)
    assert rooms.diagnosis(air, climate, FIGURES) is looked_for
    said = room_sentence(rooms.lasting(climate, FIGURES), climate, looked_for)
    assert looked_for.words in said


def test_surface_is_worked_out_as_published() -> None:
    """20 degC and 60 % at fRsi 0.75 and 0 degC outdoors give 82.26 % at the surface."""
    climate = rooms.climate(_air(20, 60, 0), PLAIN, SINCE, UNTIL, FIGURES)
    last = UNTIL - timedelta(hours=1)
    assert climate.surface[last].mean == pytest.approx(82.26, abs=0.01)
    assert climate.dew_point[last].mean == pytest.approx(12.0, abs=0.01)
    assert rooms.keep_below(climate, PLAIN, FIGURES) == pytest.approx(58.35, abs=0.01)
    assert climate.mould[last] > climate.mould[last - timedelta(days=7)] > 0


def test_without_outdoor_air_there_is_no_surface() -> None:
    """Nothing is assumed: the page says what is missing."""
    air = _air(20, 60, None)
    climate = rooms.climate(air, PLAIN, SINCE, UNTIL, FIGURES)
    assert (climate.surface, climate.mould) == ({}, {})
    assert rooms.keep_below(climate, PLAIN, FIGURES) is None
    assert rooms.diagnosis(air, climate, FIGURES) is None
    said = room_sentence(rooms.lasting(climate, FIGURES), climate, None)
    assert said == "Without outdoor readings the surface cannot be worked out."


def test_missing_hours_are_gaps_in_everything() -> None:
    """Where the room was not measured there is no dew point, no surface, and the index holds."""
    air = Air(_hours(20, every=2), _hours(90), _hours(2), _hours(85))  # type: ignore[arg-type]
    climate = rooms.climate(air, PLAIN, SINCE, UNTIL, FIGURES)
    odd = SINCE + timedelta(days=2, hours=1)
    assert odd not in climate.surface
    assert odd not in climate.dew_point
    assert odd in climate.mould
    assert rooms.mean_of_week(climate.temperature, SINCE) is None
    assert rooms.mean_of_week(climate.humidity, SINCE) == pytest.approx(90)


def test_officers_word_on_a_room_counts() -> None:
    """The factor and the material come from the registry; nonsense there is the default."""
    assert Room.of({"frsi": 0.5, "material": "resistant"}, FIGURES) == Room(0.5, "resistant")
    assert Room.of({"frsi": "cold"}, FIGURES) == Room(0.75, FIGURES.mould.material)


def test_list_ranks_and_says_why(visit: Visit, shared_borough: Borough) -> None:
    """The damp bedroom stands first, with its reason; every room stands below."""
    browser = visit(shared_borough)(Role.HOUSING)
    page = browser.get("/homes").text
    assert "1 home of 2 has an open finding, 1 of them red." in page
    assert page.index("12 Acacia Road, Bedroom") < page.index("7 Mill Lane, Bathroom")
    assert "all patches" in page
    assert "7 Mill Lane" not in browser.get("/homes?area=Hill estate").text
    rows = browser.get("/homes?csv=rooms").text.splitlines()
    assert len(rows) == 5
    assert homes_sentence(0, 0, 2).startswith("None of the 2 homes has")


def test_list_goes_on_behind_any_room(visit: Visit, shared_borough: Borough) -> None:
    """From each room on the list gives the next, until there is none; the risks stand first."""
    with shared_borough.connect() as connection:
        every = pages_homes.rooms(connection, None)
        assert [f"{room.home}, {room.name}" for room in every] == [
            "12 Acacia Road, Bedroom",
            "12 Acacia Road, Living room",
            "7 Mill Lane, Bathroom",
            "7 Mill Lane, Bedroom",
        ]
        for number, room in enumerate(every):
            behind = pages_homes.rooms(connection, None, after=room.public_id)
            assert behind == every[number + 1 :]
        south = pages_homes.rooms(connection, frozenset({"south"}), after=every[0].public_id)
        assert south == every[2:]
    page = visit(shared_borough)(Role.HOUSING).get(f"/homes?after={every[0].public_id}").text
    assert "Rooms at risk" not in page
    assert "1 home of 2 has an open finding" in page


def test_room_page(visit: Visit, shared_borough: Borough) -> None:
    """The room says what is wrong first, then shows it; a month and a week alike."""
    browser = visit(shared_borough)(Role.HOUSING)
    address = f"/homes/rooms/{shared_borough.places['12 Acacia Road / Bedroom']}"
    for period in ("24h", "7d", "30d"):
        page = browser.get(address, params={"period": period}).text
        assert "The air has been too damp for too long (limit 85 % over a day)" in page
        assert "Living room" in page
        assert "Moisture load, last" in page
        assert "Leak, drying" in page
        assert "over the limit" in page
    assert "Humidity (%)" in browser.get(address, params={"csv": "numbers"}).text


def test_repair_is_compared(visit: Visit, borough: Borough) -> None:
    """A repair that is written down shows the weeks before and after, and stays."""
    browser = visit(borough)(Role.HOUSING)
    address = f"/homes/rooms/{borough.places['12 Acacia Road / Bedroom']}"
    token = form_token_of(browser.get(address).text)
    data = {"csrf": token, "what": "Fan replaced", "done_on": "2026-11-10T09:00"}
    page = browser.post(f"{address}/repairs", data=data).text
    assert "Fan replaced" in page
    assert "not enough readings yet" not in page
    with borough.connect() as connection:
        assert connection.execute("select count(*) from housing.repair").fetchone() == (1,)
    assert browser.post(f"{address}/repairs", data={"csrf": token, "what": ""}).status_code == 422


@pytest.mark.parametrize("role", [r for r in Role if r not in {Role.HOUSING, Role.ADMIN}])
def test_nobody_else_sees_a_home(visit: Visit, shared_borough: Borough, role: Role) -> None:
    """Every other role is refused, by whatever address."""
    browser = visit(shared_borough)(role)
    room = shared_borough.places["12 Acacia Road / Bedroom"]
    for address in ("/homes", f"/homes/rooms/{room}", "/homes?csv=rooms"):
        answer = browser.get(address)
        assert answer.status_code == 403
        assert "Acacia" not in answer.text


def test_another_patch_is_not_there(
    visit: Visit, shared_borough: Borough, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An officer of the south sees nothing of the north, not even that it exists."""
    south = Person("South", "s@example.org", frozenset({Role.HOUSING}), frozenset({"south"}))
    monkeypatch.setitem(_people(), Role.HOUSING, south)
    browser = visit(shared_borough)(Role.HOUSING)
    page = browser.get("/homes").text
    assert "Acacia" not in page
    assert "patch south" in page
    room = shared_borough.places["12 Acacia Road / Bedroom"]
    assert browser.get(f"/homes/rooms/{room}").status_code == 404
    nobody = Person("Nobody", "n@example.org", frozenset({Role.HOUSING}))
    monkeypatch.setitem(_people(), Role.HOUSING, nobody)
    assert "no patch is Nobody" in visit(shared_borough)(Role.HOUSING).get("/homes").text


def _people() -> dict[Role, Person]:
    from web.pages import sign_in  # noqa: PLC0415 - what the development sign-in offers

    return sign_in.PEOPLE


def test_room_shows_the_index_that_its_alerts_are_judged_by(visit: Visit, borough: Borough) -> None:
    """The stored index is shown; where none is stored it is run over the last half year."""
    place = borough.places["12 Acacia Road / Bedroom"]
    browser = visit(borough)(Role.HOUSING)
    asked = f"/homes/rooms/{place}?json=numbers"

    def newest() -> float:
        rows = browser.get(asked).json()["rows"]
        return float(rows[0]["mould_index"])

    stored = newest()
    with borough.connect() as connection:
        connection.execute(
            "update rollup_1h set mean = 4.5 where series_id in (select series.id from series"
            " join observed_property on observed_property.id = property_id"
            " where name = 'mould_index' and owner_place_id ="
            " (select id from place where public_id = %s))",
            [place],
        )
        assert newest() == pytest.approx(4.5)
        assert "4.50" in browser.get(f"/homes/rooms/{place}").text
        connection.execute(
            "delete from rollup_1h where series_id in (select id from series"
            " where owner_place_id is not null)"
        )
    assert newest() == pytest.approx(stored, abs=0.05)
