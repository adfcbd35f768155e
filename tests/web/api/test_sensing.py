"""SensorThings, Level 1: the entities, their addresses, and their relations to each other."""

from collections.abc import Mapping

import pytest
from starlette.testclient import TestClient

from storage.entities import ENTITIES
from tests.web.api.asking import ROOT, all_pages, ask, refusal, values

SETS = sorted(ENTITIES)
MANDATORY: Mapping[str, set[str]] = {
    "Things": {"name", "description"},
    "Locations": {"name", "description", "encodingType", "location"},
    "HistoricalLocations": {"time"},
    "Datastreams": {"name", "description", "observationType", "unitOfMeasurement"},
    "Sensors": {"name", "description", "encodingType", "metadata"},
    "ObservedProperties": {"name", "definition", "description"},
    "Observations": {"phenomenonTime", "result", "resultTime"},
    "FeaturesOfInterest": {"name", "description", "encodingType", "feature"},
}


_WITH_EVERYTHING = dict.fromkeys(("Things", "FeaturesOfInterest"), "name eq 'North gate'")
"""A zone may have no position and no reading"""


@pytest.mark.parametrize("address", ["", "/"])
def test_root_lists_every_set(public: TestClient, address: str) -> None:
    """The root names the eight sets with addresses that answer, and what of the standard is met."""
    document = ask(public, address)
    assert sorted(entry["name"] for entry in document["value"]) == SETS
    assert all(public.get(entry["url"]).status_code == 200 for entry in document["value"])
    conformance = document["serverSettings"]["conformance"]
    assert all(
        entry.startswith("http://www.opengis.net/spec/iot_sensing/1.1/req/")
        for entry in conformance
    )
    assert "Open Government Licence" in document["serverSettings"]["attribution"]


@pytest.mark.parametrize("name", SETS)
def test_entities_have_what_is_mandatory(public: TestClient, name: str) -> None:
    """Each entity has an identifier, an address, its mandatory properties and its relations."""
    found = values(public, f"/{name}")
    assert found
    for entity in found:
        assert entity.keys() >= MANDATORY[name] | {"@iot.id", "@iot.selfLink"}
        for link in ENTITIES[name].links:
            expected = f"{entity['@iot.selfLink']}/{link}"
            assert entity[f"{link}@iot.navigationLink"] == expected


@pytest.mark.parametrize("name", SETS)
def test_own_address_leads_to_the_entity(public: TestClient, name: str) -> None:
    """An entity is found at its own address as it stands in the list."""
    for entity in values(public, f"/{name}", top="3"):
        answer = public.get(entity["@iot.selfLink"])
        assert answer.status_code == 200
        assert answer.json() == entity


@pytest.mark.parametrize("name", SETS)
def test_relations_lead_to_entities(public: TestClient, name: str) -> None:
    """Every relation of an entity answers: with a list, or with one entity."""
    entity = values(public, f"/{name}", filter=_WITH_EVERYTHING.get(name, "true"))[0]
    for link in ENTITIES[name].links.values():
        document = public.get(entity[f"{link.name}@iot.navigationLink"]).json()
        assert ("value" in document) is link.many
        related = document["value"][0] if link.many else document
        assert related["@iot.selfLink"].split("(")[0].endswith(f"/{link.entity}")


@pytest.mark.parametrize("name", SETS)
def test_entity_that_is_not_there(public: TestClient, name: str) -> None:
    """An identifier of nothing is a 404, whatever it looks like."""
    for key in ("'nothing'", "'1-1'", "'999999999-99999999999999999'", "42", "'it''s'"):
        assert refusal(public, f"/{name}({key})")[0] == 404


def test_identifier_may_stand_without_quotes(public: TestClient) -> None:
    """Clients that write identifiers bare find the same entity."""
    [thing] = values(public, "/Things", top="1")
    assert ask(public, f"/Things({thing['@iot.id']})") == thing


@pytest.mark.parametrize("name", SETS)
def test_properties_have_addresses(public: TestClient, name: str) -> None:
    """Each mandatory property is found below its entity, as JSON and as its bare value."""
    [entity] = values(public, f"/{name}", top="1")
    for property_name in MANDATORY[name]:
        below = f"{entity['@iot.selfLink']}/{property_name}"
        assert public.get(below).json() == {property_name: entity[property_name]}
        value = public.get(f"{below}/$value")
        assert value.headers["content-type"].startswith("text/plain")
        if isinstance(entity[property_name], str):
            assert value.text == entity[property_name]


def test_members_of_a_property_have_addresses(public: TestClient) -> None:
    """A member of a document is found below it; one that is not there is a 404."""
    [stream] = values(public, "/Datastreams", top="1", filter="startswith(name, 'PM10')")
    below = f"{stream['@iot.selfLink']}/unitOfMeasurement"
    assert public.get(f"{below}/definition").json() == {"definition": "ucum:ug/m3"}
    assert public.get(f"{below}/symbol/$value").text == "µg/m³"
    assert public.get(f"{below}/nothing").status_code == 404
    assert public.get(f"{stream['@iot.selfLink']}/name/first").status_code == 404


def test_property_without_a_value(public: TestClient) -> None:
    """A property that an entity does not have is no content."""
    [reading] = values(public, "/Observations", top="1")
    assert public.get(f"{reading['@iot.selfLink']}/validTime").status_code == 204


@pytest.mark.parametrize(
    "address",
    [
        *("/Nothing", "/things", "/Things('a')/Nothing", "/Things/name", "/Things/Datastreams"),
        *("/Things('a'", "/Things()", "/Datastreams('a')/Thing('b')", "/Things('a')/$count"),
        *("/Things/$value", "/x" * 30, "/$count"),
    ],
)
def test_address_that_leads_nowhere(public: TestClient, address: str) -> None:
    """An address that the standard does not know is refused in words."""
    assert refusal(public, address)[0] in (400, 404)


def test_long_way_to_a_reading(public: TestClient) -> None:
    """An address goes from relation to relation, and only where they lead."""
    [thing] = values(public, "/Things", filter="name eq 'North gate'")
    streams = values(public, f"/Things('{thing['@iot.id']}')/Datastreams")
    assert len(streams) == 4
    elsewhere = values(public, "/Datastreams", filter="Thing/name ne 'North gate'", top="1")
    here, there = streams[0]["@iot.id"], elsewhere[0]["@iot.id"]
    way = f"/Things('{thing['@iot.id']}')/Datastreams('{here}')/Observations"
    reading = values(public, way, top="1")[0]
    assert ask(public, f"{way}('{reading['@iot.id']}')/result") == {"result": reading["result"]}
    assert (
        ask(public, f"{way}('{reading['@iot.id']}')/Datastream/Thing/name")["name"] == "North gate"
    )
    assert (
        refusal(public, f"/Datastreams('{there}')/Observations('{reading['@iot.id']}')")[0] == 404
    )


def test_references(public: TestClient) -> None:
    """`$ref` gives addresses alone, of a list or of one entity."""
    [thing] = values(public, "/Things", filter="name eq 'North gate'")
    references = ask(public, f"/Things('{thing['@iot.id']}')/Datastreams/$ref", top="2")
    assert [list(entry) for entry in references["value"]] == [["@iot.selfLink"]] * 2
    assert public.get(references["@iot.nextLink"]).status_code == 200
    first = references["value"][0]["@iot.selfLink"].removeprefix(f"http://testserver{ROOT}")
    assert ask(public, f"{first}/Thing/$ref") == {"@iot.selfLink": thing["@iot.selfLink"]}


def test_number_of_entities(public: TestClient) -> None:
    """`$count` as an address is a bare number, with a filter if there is one."""
    assert public.get(f"{ROOT}/Observations/$count").text == "386"
    assert public.get(f"{ROOT}/Observations/$count?$filter=result gt 210").text == "11"
    assert len(list(all_pages(public, "/Observations"))) == 386


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_changed(public: TestClient, method: str) -> None:
    """The service only reads."""
    answer = getattr(public, method)(f"{ROOT}/Things")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


def test_datastream_belongs_to_the_place(public: TestClient, open_ids: Mapping[str, str]) -> None:
    """A Datastream is named by its place, property and probe; its Sensor is a model of device."""
    identifier = f"{open_ids['North gate']}-temperature-external"
    stream = ask(public, f"/Datastreams('{identifier}')", expand="Sensor,ObservedProperty,Thing")
    assert stream["Thing"]["@iot.id"] == open_ids["North gate"]
    assert stream["Thing"]["properties"]["within"]["name"] == "Quay works"
    assert stream["Sensor"]["name"] == "uradmonitor-industrial/industrial"
    assert stream["ObservedProperty"]["@iot.id"] == "temperature"
    assert stream["phenomenonTime"] == "2026-05-12T00:00:00Z/2026-05-12T11:30:00Z"
    assert stream["properties"]["licence"].endswith("open-government-licence/version/3/")


def test_place_without_a_position(public: TestClient, open_ids: Mapping[str, str]) -> None:
    """A zone without coordinates is a Thing and a feature, and has no Location."""
    market = open_ids["Market"]
    assert values(public, f"/Things('{market}')/Locations") == []
    assert ask(public, f"/FeaturesOfInterest('{market}')")["feature"]["geometry"] is None
