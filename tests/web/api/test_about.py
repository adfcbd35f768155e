"""The documents about the open data, parking, and the Smart Data Models."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from alerts.indices.parking import Bay
from storage.instance import Mode
from storage.open_data import OpenBay
from storage.places import Installation, Place, install
from tests.fixtures.open_data import DAY, EUI, EVERY, KEY, NOW, Borough, serving
from tests.fixtures.readings import reading, store
from web.api.parking import state_of
from web.api.reference import operations


def _graph(client: TestClient, model: str) -> dict[str, dict[str, Any]]:
    answer = client.get(f"/api/v1/smart-data-models/{model}")
    assert answer.headers["content-type"] == "application/ld+json"
    document = answer.json()
    theme = "Parking" if "Parking" in model else "Environment"
    assert f"dataModel.{theme}" in document["@context"][0]
    assert "licence" in document
    for entity in document["@graph"]:
        assert entity["id"] == f"urn:ngsi-ld:{model}:{entity['id'].rpartition(':')[2]}"
        assert entity["type"] == model
        longitude, latitude = entity["location"]["coordinates"]
        assert 0 < longitude < 1
        assert 51 < latitude < 52
    return {entity["name"]: entity for entity in document["@graph"]}


def test_air_quality_observed(public: TestClient) -> None:
    """Air is told in the model's units: gases as mass, humidity from 0 to 1."""
    air = _graph(public, "AirQualityObserved")
    assert set(air) == {"North gate", "South gate", "West fence", "East fence", "High Street"}
    assert air["High Street"]["no2"] == 38.25
    assert air["High Street"]["o3"] == 59.87
    assert air["High Street"]["relativeHumidity"] == 0.55
    assert air["North gate"]["pm25"] == 5.0
    assert air["North gate"]["temperature"] == 15.5
    assert air["North gate"]["typeofLocation"] == "outdoor"
    assert air["West fence"]["dateObserved"] == "2026-05-12T06:00:00+00:00"
    assert all(0 <= e["relativeHumidity"] <= 1 for e in air.values() if "relativeHumidity" in e)


def test_old_and_failed_readings_are_not_told_as_new(open_borough: Borough) -> None:
    """A reading that failed, or is an hour older than the place's newest, is left out."""
    late = reading(NOW + timedelta(hours=3), {"pm10": 9.0, "co": 2.0}, dev_eui=EUI(1), every=EVERY)
    failed = reading(NOW + timedelta(hours=3), {"no2": -99.0}, dev_eui=EUI(5), every=EVERY)
    store(open_borough.database, [late, failed])
    open_borough.database.execute("update observation set quality = 4 where result = -99")
    air = _graph(open_borough.public, "AirQualityObserved")
    assert (air["North gate"]["pm10"], air["North gate"]["co"]) == (9.0, 2.328)
    assert "temperature" not in air["North gate"]
    assert "no2" not in air["High Street"]


def test_noise_level_observed(public: TestClient) -> None:
    """Sound is told for the time since the report before."""
    noise = _graph(public, "NoiseLevelObserved")["West fence"]
    assert (noise["LAeq"], noise["LAmax"]) == (61.0, 80.0)
    assert noise["dateObservedFrom"] == "2026-05-12T05:30:00+00:00"
    assert noise["dateObservedTo"] == "2026-05-12T06:00:00+00:00"


def test_parking_spots(public: TestClient, open_ids: Mapping[str, str]) -> None:
    """Each open bay is a spot of its zone."""
    spots = _graph(public, "ParkingSpot")
    assert len(spots) == 6
    assert spots["Bay 1"]["status"] == "free"
    assert spots["Bay 2"]["status"] == "occupied"
    site = f"urn:ngsi-ld:OnStreetParking:{open_ids['Market']}"
    assert spots["Bay 1"]["refParkingSite"] == site
    market = _graph(public, "OnStreetParking")["Market"]
    assert market["id"] == site
    assert (market["totalSpotNumber"], market["availableSpotNumber"]) == (4, 2)
    assert _graph(public, "OffStreetParking") == {}


def test_counted_car_park(open_borough: Borough) -> None:
    """A zone with a capacity and no bays is a car park off the street."""
    lot = Place("zone", "Lot", latitude=51.55, longitude=0.3, detail={"capacity": 300})
    bare = Place("zone", "Nowhere", detail={"capacity": 300})
    with open_borough.database.transaction():
        for number, place in ((78, lot), (79, bare)):
            install(open_borough.database, Installation(EUI(number), place, None, DAY), secret=KEY)
    assert set(_graph(open_borough.public, "OffStreetParking")) == {"Lot"}
    zones = open_borough.public.get("/api/v1/parking").json()["zones"]
    assert "Lot" in {zone["name"] for zone in zones}


def test_silent_bay_is_unknown(open_borough: Borough) -> None:
    """A bay whose sensor has been silent for too long is neither free nor taken."""
    database, client = open_borough.database, open_borough.public
    database.execute("delete from observation where phenomenon_time > %s", [NOW - 4 * EVERY])
    [market] = [z for z in client.get("/api/v1/parking").json()["zones"] if z["name"] == "Market"]
    assert {bay["state"] for bay in market["bays"]} == {"unknown"}
    assert (market["unknown"], market["occupancy_percent"]) == (4, None)
    database.execute("delete from observation")
    [market, *_] = client.get("/api/v1/parking").json()["zones"]
    assert {bay["time"] for bay in market["bays"]} == {None}
    assert "timeInstant" not in _graph(client, "ParkingSpot")["Bay 1"]
    assert "occupancyModified" not in _graph(client, "OnStreetParking")["Market"]


def test_second_device_in_a_bay(open_borough: Borough) -> None:
    """A bay with two sensors is one bay, and the sensor that spoke last is believed."""
    bay = Place("bay", "Bay 1")
    database = open_borough.database
    with database.transaction():
        for number in (70, 71):
            told = Installation(EUI(number), bay, Place("zone", "Market"), DAY)
            install(database, told, secret=KEY)
    newest = reading(NOW - EVERY / 2, {"parking_occupied": 1.0}, dev_eui=EUI(70), every=EVERY)
    oldest = reading(DAY, {"parking_occupied": 0.0}, dev_eui=EUI(71), every=EVERY)
    store(database, [newest, oldest])
    zones = open_borough.public.get("/api/v1/parking").json()["zones"]
    [market] = [zone for zone in zones if zone["name"] == "Market"]
    assert (market["bays_in_service"], market["occupied"]) == (4, 3)
    assert market["bays"][0]["state"] == "occupied"


def test_state_of_a_bay() -> None:
    """A bay is believed for three reports of its sensor."""
    bay = OpenBay("z", "b", "Bay", None, None, None, None, EVERY, NOW - 3 * EVERY, 1.0)
    assert state_of(bay, NOW) is Bay.OCCUPIED
    assert state_of(bay, NOW + timedelta(seconds=1)) is Bay.UNKNOWN


def test_dictionary(public: TestClient) -> None:
    """Every column and property has a description, and every property its unit."""
    document = public.get("/api/v1/dictionary").json()
    assert {"places", "latest", "readings", "hourly"} == document["tables"].keys()
    columns = [column for table in document["tables"].values() for column in table]
    assert all(len(column["description"]) > 5 for column in columns)
    told = {entry["name"]: entry for entry in document["properties"]}
    assert (told["pm10"]["unit"], told["pm10"]["has_hourly_means"]) == ("ug/m3", True)
    assert told["sound_level"]["has_hourly_means"] is False


def test_catalogue(public: TestClient) -> None:
    """The catalogue names licence, publisher, contact, time, place and addresses that answer."""
    answer = public.get("/api/v1/catalogue")
    assert answer.headers["content-type"] == "application/ld+json"
    document = answer.json()
    assert document["@type"] == "dcat:Catalog"
    assert document["dct:publisher"]["foaf:name"] == "Quay Borough Council"
    for dataset in document["dcat:dataset"]:
        assert dataset["dct:license"]["@id"].endswith("open-government-licence/version/3/")
        assert dataset["dcat:contactPoint"]["vcard:hasEmail"]["@id"] == "mailto:data@quay.example"
        assert dataset["dct:temporal"]["dcat:startDate"]["@value"] == "2026-05-12T00:00:00+00:00"
        assert dataset["dct:spatial"]["dcat:bbox"].startswith("POLYGON((0.01 51.5, 0.2 51.5")
        for distribution in dataset["dcat:distribution"]:
            found = public.get(distribution["dcat:accessURL"]["@id"])
            assert found.status_code == 200
            media = distribution["dcat:mediaType"]
            assert found.headers["content-type"].split(";")[0] == media


def test_catalogue_of_nothing(simulation_dsn: str) -> None:
    """A borough without a sensor has a catalogue, and a simulation says that it is one."""
    with serving(simulation_dsn, Mode.SIMULATION, contact="") as client:
        document = client.get("/api/v1/catalogue").json()
        assert document["instance"] == "simulation"
        assert all("dct:spatial" not in dataset for dataset in document["dcat:dataset"])
        assert all("dct:temporal" not in dataset for dataset in document["dcat:dataset"])
        assert all("dcat:contactPoint" not in dataset for dataset in document["dcat:dataset"])
        root = client.get("/sensorthings/v1.1").json()
        assert root["serverSettings"]["instance"] == "simulation"
        assert client.get("/api/v1/parking").json()["zones"] == []


def test_reference_page(public: TestClient) -> None:
    """The page describes every address of the API, with its parameters, and needs no script."""
    page = public.get("/docs").text
    for path in public.get("/openapi.json").json()["paths"]:
        if path.startswith(("/api/v1", "/sensorthings")):
            assert path.replace("'", "&#39;") in page
    assert "$filter" in page
    assert "pm2_5" in page
    assert "<script" not in page


def test_reference_of_any_description() -> None:
    """Only what can be read is described, in groups; a description may be missing."""
    told = {"get": {"tags": ["A"], "summary": "One", "responses": {}}, "post": {}}
    [operation] = operations({"paths": {"/one": told, "/two": {"post": {}}}})["A"]
    assert (operation.address, operation.parameters, operation.media) == ("/one", (), ())


def test_description_names_refusals(public: TestClient) -> None:
    """The description for programs tells of the problem documents."""
    document = public.get("/openapi.json").json()
    told = document["paths"]["/api/v1/hourly"]["get"]["responses"]
    assert {"400", "404", "422", "429", "501", "503"} <= told.keys()
    assert "application/problem+json" in told["429"]["content"]


def test_contact_may_be_a_page(open_dsn: str) -> None:
    """Somebody may be asked at an address of the web."""
    page = "https://quay.example/data"
    with serving(open_dsn, contact=page) as client:
        dataset = client.get("/api/v1/catalogue").json()["dcat:dataset"][0]
    assert dataset["dcat:contactPoint"]["vcard:hasEmail"]["@id"] == page
