"""SensorThings, Level 3: filters, orders, pages, selections and expansions."""

from collections.abc import Mapping

import pytest
from starlette.testclient import TestClient

from storage.entities import ENTITIES
from tests.web.api.asking import all_pages, ask, names, values

WEST_OF_THE_STATION = "geography'POLYGON((0 51, 0.045 51, 0.045 52, 0 52, 0 51))'"
GATES = ["North gate", "South gate"]
SETS = sorted(ENTITIES)


@pytest.mark.parametrize("name", SETS)
def test_top_and_skip(public: TestClient, name: str) -> None:
    """`$top` limits and `$skip` passes over, in the same order."""
    everything = values(public, f"/{name}")
    assert values(public, f"/{name}", top="2") == everything[:2]
    assert values(public, f"/{name}", top="1", skip="1") == everything[1:2]
    assert ask(public, f"/{name}", top="0") == {"value": []}


@pytest.mark.parametrize("name", SETS)
def test_count(public: TestClient, name: str) -> None:
    """`$count` tells of all entities, whatever the page shows."""
    document = ask(public, f"/{name}", count="true", top="1")
    assert document["@iot.count"] == len(list(all_pages(public, f"/{name}")))
    assert "@iot.count" not in ask(public, f"/{name}", count="false", top="1")


@pytest.mark.parametrize(
    ("name", "attribute"),
    [(n, a) for n in SETS for a, told in ENTITIES[n].attributes.items() if told.type != "json"],
)
def test_every_property_orders(public: TestClient, name: str, attribute: str) -> None:
    """Each plain property orders a list, up and down, over all of its pages."""
    up = list(all_pages(public, f"/{name}", orderby=attribute, top="50"))
    down = list(all_pages(public, f"/{name}", orderby=f"{attribute} desc", top="50"))
    shown = "@iot.id" if attribute == "id" else attribute
    if name == "Datastreams" and attribute.endswith("Time"):
        up = [{**entity, shown: entity[shown].split("/")[0]} for entity in up]
        down = [{**entity, shown: entity[shown].split("/")[0]} for entity in down]
    known = [entity[shown] for entity in up if entity[shown] is not None]
    if name != "Observations" or attribute != "id":
        assert known == sorted(known)
    assert [e[shown] for e in down if e[shown] is not None] == known[::-1]
    assert sorted(e["@iot.id"] for e in up) == sorted(e["@iot.id"] for e in down)
    assert len({entity["@iot.id"] for entity in up}) == len(up)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("operator", ["eq", "ne", "gt", "ge", "lt", "le"])
def test_every_comparison_divides(public: TestClient, name: str, operator: str) -> None:
    """A comparison with an entity's own identifier and its opposite divide the list."""
    everything = {entity["@iot.id"] for entity in values(public, f"/{name}", top="1000")}
    middle = sorted(everything)[len(everything) // 2]
    opposite = {"eq": "ne", "ne": "eq", "gt": "le", "le": "gt", "ge": "lt", "lt": "ge"}[operator]
    one = {
        e["@iot.id"]
        for e in values(public, f"/{name}", top="1000", filter=f"id {operator} '{middle}'")
    }
    other = {
        e["@iot.id"]
        for e in values(public, f"/{name}", top="1000", filter=f"@iot.id {opposite} '{middle}'")
    }
    assert one | other == everything
    assert not one & other


FILTERS: tuple[tuple[str, str, list[str]], ...] = (
    ("/Things", "name eq 'North gate'", ["North gate"]),
    ("/Things", "'North gate' eq name", ["North gate"]),
    ("/Things", "substringof('gate', name)", GATES),
    ("/Things", "substringof('gate', name) eq true", GATES),
    (
        "/Things",
        "not substringof('gate', name) and endswith(name, 'fence')",
        ["East fence", "West fence"],
    ),
    ("/Things", "startswith(tolower(name), 'north')", ["North gate"]),
    ("/Things", "toupper(name) eq 'NORTH GATE'", ["North gate"]),
    ("/Things", "length(name) eq 11", ["High Street"]),
    ("/Things", "indexof(name, 'gate') eq 6", GATES),
    ("/Things", "substring(name, 6) eq 'gate'", GATES),
    ("/Things", "substring(name, 0, 5) eq 'North'", ["North gate"]),
    ("/Things", "concat(concat(name, '-'), 'x') eq 'Yard-x'", ["Yard"]),
    ("/Things", "trim(concat(' ', name)) eq 'Yard'", ["Yard"]),
    ("/Things", "name eq 'Yard' or name eq 'Market' and 1 eq 2", ["Yard"]),
    ("/Things", "(name eq 'Yard' or name eq 'Market') and 1 eq 1", ["Market", "Yard"]),
    ("/Things", "(name eq 'Yard') eq true", ["Yard"]),
    ("/Things", "properties/kind eq 'station'", ["High Street"]),
    ("/Things", "'station' eq properties/kind", ["High Street"]),
    (
        "/Things",
        "properties/bearing gt 80 and properties/within/name eq 'Mill works'",
        ["East fence", "West fence"],
    ),
    ("/Things", "properties/limit_minutes div 2 eq 60 and name eq 'Bay 1'", ["Bay 1"]),
    ("/Things", "properties/kind eq properties/kind and name eq 'Yard'", ["Yard"]),
    ("/Things", "properties/nothing eq 'x'", []),
    ("/Things", "properties/within eq null and properties/kind ne 'zone'", ["High Street"]),
    ("/Things", "properties/kind ne null and name eq 'Yard'", ["Yard"]),
    ("/Things", "null eq null and name eq 'Yard'", ["Yard"]),
    ("/Things", "null ne null or properties/kind gt null", []),
    ("/Things", "Datastreams/ObservedProperty/id eq 'no2'", ["High Street"]),
    ("/Things", "Datastreams/Observations/result gt 210", ["South gate"]),
    ("/Things", "Datastreams/id eq null", []),
    ("/Things", "Locations/name eq 'North gate'", ["North gate"]),
    ("/Datastreams", "Thing/name eq 'South gate'", ["PM10 at South gate"]),
    (
        "/Datastreams",
        "unitOfMeasurement/symbol eq '%' and length(id) gt 0",
        ["Relative humidity at High Street"],
    ),
    ("/Datastreams", "phenomenonTime gt 2026-05-12T06:00:00Z", ["PM10 at South gate"]),
    ("/Datastreams", "2026-05-12T06:00:00Z lt phenomenonTime", ["PM10 at South gate"]),
    ("/Datastreams", "phenomenonTime ge 2026-05-12T06:30:00Z", ["PM10 at South gate"]),
    (
        "/Datastreams",
        "phenomenonTime lt 2026-05-12T06:30:00Z and startswith(name, 'PM10')",
        ["PM10 at West fence"],
    ),
    (
        "/Datastreams",
        "phenomenonTime le 2026-05-12T06:00:00Z and startswith(name, 'PM')",
        ["PM10 at West fence"],
    ),
    ("/Datastreams", "phenomenonTime eq 2026-05-12T06:30:00Z", []),
    (
        "/Datastreams",
        "phenomenonTime ne 2026-05-12 and startswith(name, 'Oz')",
        ["Ozone at High Street"],
    ),
    ("/Datastreams", "phenomenonTime eq null", []),
    ("/Locations", "geo.distance(location, geography'POINT(0.01 51.5)') lt 0.001", ["North gate"]),
    (
        "/Locations",
        "st_within(location, geography'POLYGON((0 51, 0.025 51, 0.025 51.6, 0 51.6, 0 51))')",
        GATES,
    ),
    (
        "/Locations",
        "st_contains(geography'POLYGON((0 51, 0.015 51, 0.015 52, 0 52, 0 51))', location)",
        ["North gate"],
    ),
    ("/Things", "st_equals(Locations/location, geography'POINT(0.05 51.52)')", ["High Street"]),
    (
        "/Locations",
        f"st_disjoint(location, {WEST_OF_THE_STATION}) and Things/properties/kind ne 'bay'",
        ["High Street"],
    ),
    (
        "/FeaturesOfInterest",
        "geo.intersects(feature, geometry'POLYGON((0.04 51,0.05 51,0.045 52,0.04 52,0.04 51))')",
        ["East fence"],
    ),
)


@pytest.mark.parametrize(("address", "condition", "expected"), FILTERS)
def test_filter(public: TestClient, address: str, condition: str, expected: list[str]) -> None:
    """A filter gives those that meet it, and no others."""
    assert names(public, address, filter=condition) == expected


READINGS: tuple[tuple[str, int], ...] = (
    ("result gt 190", 11),
    ("result gt 190 and phenomenonTime ge 2026-05-12T08:00:00Z", 8),
    ("phenomenonTime ge 2026-05-12T09:00:00+01:00 and result gt 190", 8),
    ("phenomenonTime ge 2026-05-12T09:00:00 01:00 and result gt 190", 8),
    ("result add 10 sub 10 mul 1 eq 223", 1),
    ("result mul 2 eq 446", 1),
    ("result div 0 eq 1", 0),
    ("result mod 100 eq 23 and result gt 100", 1),
    ("-result lt -222", 1),
    ("--result gt 222", 1),
    ("round(result add 0.4) eq 223", 1),
    ("floor(result add 0.9) eq 223 and ceiling(result) eq 223", 1),
    (
        "year(phenomenonTime) eq 2026 and month(phenomenonTime) eq 5 and day(phenomenonTime) eq 12",
        386,
    ),
    (
        "hour(phenomenonTime) eq 11 and minute(phenomenonTime) eq 30 and result gt 200",
        1,
    ),
    ("second(phenomenonTime) eq 0 and fractionalseconds(phenomenonTime) eq 0 and result gt 222", 1),
    ("date(phenomenonTime) eq 2026-05-12 and result gt 222", 1),
    ("phenomenonTime ge 2026-05-13", 0),
    ("phenomenonTime lt now() sub duration'PT1H' and result gt 222", 1),
    ("phenomenonTime add duration'P1D' gt 2026-05-13T11:00:00Z and result gt 200", 1),
    ("phenomenonTime sub 2026-05-12T11:00:00Z gt duration'PT15M' and result gt 200", 1),
    ("phenomenonTime sub 2026-05-12T11:00:00Z gt duration'-PT15M' and result gt 200", 2),
    ("resultQuality/flag eq 1 and result gt 222", 1),
    ("parameters/status eq 'ratified'", 0),
    ("Datastream/ObservedProperty/id eq 'pm10' and FeatureOfInterest/name eq 'East fence'", 24),
    ("validTime eq null and result gt 222", 1),
    ("true and result gt 222", 1),
    ("not (result le 222 or false)", 1),
)


@pytest.mark.parametrize(("condition", "expected"), READINGS)
def test_filter_of_readings(public: TestClient, condition: str, expected: int) -> None:
    """Numbers, times and durations are computed as the standard says, in UTC."""
    assert (
        ask(public, "/Observations", filter=condition, count="true", top="1")["@iot.count"]
        == expected
    )


def test_order_of_the_options(public: TestClient) -> None:
    """A list is filtered, counted, ordered, cut, and only then selected from, in any writing."""
    told = {"top": "2", "skip": "1", "select": "result", "orderby": "result desc", "count": "true"}
    document = ask(public, "/Observations", **told, filter="result gt 190")
    assert document["@iot.count"] == 11
    assert document["value"] == [{"result": 222.0}, {"result": 221.0}]
    backwards = dict(reversed(told.items()))
    again = ask(public, "/Observations", filter="result gt 190", **backwards)
    assert again["value"] == document["value"]


def test_order_by_several_and_by_relations(public: TestClient) -> None:
    """A list is ordered by more than one property, and by those of a related entity."""
    found = values(
        public, "/Observations", orderby="Datastream/Thing/name desc,result desc", top="25"
    )
    streams = {entity["@iot.id"]: entity for entity in found}
    assert len(streams) == 25
    numbers = [entity["result"] for entity in found[:24]]
    assert numbers == [1.0] * 12 + [0.0] * 12
    kinds = [
        e["properties"]["kind"] for e in values(public, "/Things", orderby="properties/kind,name")
    ]
    assert kinds == sorted(kinds)


@pytest.mark.parametrize("name", SETS)
def test_select(public: TestClient, name: str) -> None:
    """`$select` shows what is named, and no control information that is not."""
    entity = ENTITIES[name]
    attribute = next(a for a in entity.attributes if a != "id")
    link = next(iter(entity.links))
    [found] = values(public, f"/{name}", top="1", select=f"{attribute},{link}")
    assert set(found) == {attribute, f"{link}@iot.navigationLink"}
    [found] = values(public, f"/{name}", top="1", select="@iot.id")
    assert set(found) == {"@iot.id", "@iot.selfLink"}


@pytest.mark.parametrize("name", SETS)
def test_expand(public: TestClient, name: str) -> None:
    """Every relation can be put into the answer, as what its own address gives."""
    for link in ENTITIES[name].links.values():
        for entity in values(public, f"/{name}", top="2", expand=link.name):
            own = public.get(f"{entity['@iot.selfLink']}/{link.name}").json()
            assert entity[link.name] == (own["value"] if link.many else own)
            assert f"{link.name}@iot.navigationLink" not in entity


def test_latest_reading_of_each_datastream(public: TestClient) -> None:
    """The newest reading of every Datastream comes with it, in one question."""
    nested = "Observations($orderby=phenomenonTime desc;$top=1;$select=result,phenomenonTime)"
    found = values(public, "/Datastreams", expand=nested, filter="startswith(name, 'PM10')")
    newest = {stream["name"]: stream["Observations"] for stream in found}
    assert newest["PM10 at North gate"] == [
        {"result": 33.0, "phenomenonTime": "2026-05-12T11:30:00Z"}
    ]
    assert newest["PM10 at West fence"][0]["phenomenonTime"] == "2026-05-12T06:00:00Z"
    assert {len(readings) for readings in newest.values()} == {1}


def test_nested_options(public: TestClient) -> None:
    """What is expanded is filtered, counted, cut and expanded by options of its own."""
    cut = "$count=true;$top=2;$skip=1;$orderby=result;$select=result"
    inner = f"Observations($filter=result gt 15;{cut}),ObservedProperty($select=name)"
    told = f"Datastreams($filter=startswith(name,'PM10');$expand={inner})"
    [thing] = values(public, "/Things", filter="name eq 'North gate'", expand=told)
    [stream] = thing["Datastreams"]
    assert stream["ObservedProperty"] == {"name": "PM10"}
    assert stream["Observations@iot.count"] == 18
    assert stream["Observations"] == [{"result": 17.0}, {"result": 18.0}]
    further = public.get(stream["Observations@iot.nextLink"]).json()
    assert further["value"] == [{"result": 19.0}, {"result": 20.0}]


def test_expand_by_paths(public: TestClient) -> None:
    """`A/B` expands B within A, and paths that begin alike are joined."""
    told = "Datastreams/Sensor,Datastreams/ObservedProperty,Locations"
    [thing] = values(public, "/Things", filter="name eq 'High Street'", expand=told)
    assert {"Sensor", "ObservedProperty"} <= thing["Datastreams"][0].keys()
    assert len(thing["Locations"]) == 1
    [bare] = values(
        public, "/Things", filter="name eq 'High Street'", expand="Datastreams,Datastreams"
    )
    assert len(bare["Datastreams"]) == 3
    assert values(public, "/Things", filter="name eq 'nobody'", expand="Datastreams") == []


def test_data_array(public: TestClient, open_ids: Mapping[str, str]) -> None:
    """Readings of a period come as arrays, one for each Datastream."""
    condition = (
        "phenomenonTime ge 2026-05-12T11:00:00Z and Datastream/ObservedProperty/id eq 'pm10'"
    )
    document = ask(
        public, "/Observations", filter=condition, resultFormat="dataArray", count="true"
    )
    arrays = {entry["Datastream@iot.navigationLink"]: entry for entry in document["value"]}
    assert document["@iot.count"] == sum(e["dataArray@iot.count"] for e in arrays.values()) == 6
    north = next(e for link, e in arrays.items() if open_ids["North gate"] in link)
    assert north["components"][:3] == ["id", "phenomenonTime", "result"]
    assert [row[1:3] for row in north["dataArray"]] == [
        ["2026-05-12T11:00:00Z", 32.0],
        ["2026-05-12T11:30:00Z", 33.0],
    ]
    selected = ask(public, "/Observations", resultFormat="dataArray", select="result", top="1")
    assert selected["value"][0]["components"] == ["result"]
