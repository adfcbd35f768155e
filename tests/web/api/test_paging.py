"""Lists go on where they were, whatever is stored meanwhile."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from fastapi import HTTPException
from starlette.testclient import TestClient

from storage.entities import ENTITIES
from storage.sensor_things import Order, observation_parts, own
from tests.fixtures.open_data import DAY, EUI, EVERY, NOW, Borough
from tests.fixtures.readings import reading, store
from tests.web.api.asking import ask, refusal, values
from web.api.sensor_things import tokens
from web.api.sensor_things.filters import find


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"orderby": "phenomenonTime desc"},
        {"orderby": "result,phenomenonTime desc"},
        {"orderby": "validTime,result desc"},
        {"orderby": "Datastream/name desc"},
    ],
)
def test_page_is_stable_under_inserts(open_borough: Borough, options: Mapping[str, str]) -> None:
    """Readings that come while somebody reads a list neither repeat nor hide what was there."""
    client, database = open_borough.public, open_borough.database
    whole = values(client, "/Observations", top="1000", **options)
    seen: list[str] = []
    document = ask(client, "/Observations", top="90", **options)
    for number in range(10):
        seen += [entity["@iot.id"] for entity in document["value"]]
        times = (DAY + EVERY / 4 * (number + 1), NOW - EVERY / 4 * (number + 1))
        store(database, [reading(at, {"pm10": 20.0 + number}, dev_eui=EUI(4)) for at in times])
        if "@iot.nextLink" not in document:
            break
        document = client.get(document["@iot.nextLink"]).json()
    assert len(seen) == len(set(seen))
    known = {entity["@iot.id"] for entity in whole}
    assert [key for key in seen if key in known] == [entity["@iot.id"] for entity in whole]


def test_page_has_a_hundred_and_at_most_a_thousand(open_borough: Borough) -> None:
    """Without `$top` a page has 100 entities; a larger one than 1,000 is cut, and goes on."""
    more = [reading(DAY + EVERY * n / 100, {"pm10": 1.0}, dev_eui=EUI(4)) for n in range(1, 1200)]
    store(open_borough.database, more)
    document = ask(open_borough.public, "/Observations")
    assert (len(document["value"]), "@iot.nextLink" in document) == (100, True)
    document = ask(open_borough.public, "/Observations", top="5000")
    assert (len(document["value"]), "@iot.nextLink" in document) == (1000, True)


def test_next_page_keeps_the_question(public: TestClient) -> None:
    """The next page is of the same list: filter, order, selection; what was skipped is past."""
    told = {"filter": "result gt 190", "select": "result", "orderby": "result", "skip": "2"}
    document = ask(public, "/Observations", top="3", **told)
    assert [entity["result"] for entity in document["value"]] == [215.0, 216.0, 217.0]
    document = public.get(document["@iot.nextLink"]).json()
    assert [entity["result"] for entity in document["value"]] == [218.0, 219.0, 220.0]


def test_token_of_another_list_is_refused(public: TestClient) -> None:
    """A place in one list is none in another."""
    document = ask(public, "/Observations", top="1", orderby="result")
    token = document["@iot.nextLink"].split("skiptoken=")[1]
    assert refusal(public, "/Observations", skiptoken=token)[0] == 400
    assert refusal(public, "/Things", skiptoken=token)[0] == 400


def test_token_behind_everything(public: TestClient) -> None:
    """Behind an entity that has nothing that the list is ordered by, there is nothing."""
    assert values(public, "/Things", skiptoken=tokens.write((None,))) == []


def test_token_holds_what_a_list_is_ordered_by() -> None:
    """A token is read as what was written; anything else in it is refused."""
    entity = ENTITIES["Observations"]
    order = [Order(own(key)) for key in entity.keys] + [Order(find(entity, "parameters/status"))]
    place = (7, DAY, "ratified")
    assert tokens.read(tokens.write(place), order) == place
    assert tokens.read(tokens.write((7, None, None)), order) == (7, None, None)
    for wrong in (
        (7, DAY),
        (True, DAY, "x"),
        (1e301, DAY, "x"),
        ("7", DAY, "x"),
        (7, "never", "x"),
    ):
        with pytest.raises(HTTPException):
            tokens.read(tokens.write(wrong), order)
    for text in ("a\x00b", "\ud800"):
        with pytest.raises(HTTPException):
            tokens.read(tokens.write((7, DAY, text)), order)


def test_identifier_of_a_reading() -> None:
    """A reading is identified by its series and its time."""
    time = DAY + timedelta(microseconds=1)
    assert observation_parts("12-1778544000000001") == (12, time)
    assert observation_parts("12") is None
    assert observation_parts("x-1") is None
