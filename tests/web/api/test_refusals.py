"""SensorThings: what is not understood, or not offered, is refused in words."""

import pytest
from starlette.testclient import TestClient

from tests.web.api.asking import ask, refusal, values

WRONG: tuple[tuple[str, dict[str, str], int], ...] = (
    ("/Things", {"filter": "name eq"}, 400),
    ("/Things", {"filter": ""}, 400),
    ("/Things", {"filter": "name"}, 400),
    ("/Things", {"filter": "nothing eq 1"}, 400),
    ("/Things", {"filter": "name/first eq 'x'"}, 400),
    ("/Things", {"filter": "Datastreams eq 1"}, 400),
    ("/Things", {"filter": "name eq 1"}, 400),
    ("/Things", {"filter": "name eq 'x"}, 400),
    ("/Things", {"filter": "(name eq 'x'"}, 400),
    ("/Things", {"filter": "name eq 'x')"}, 400),
    ("/Things", {"filter": "name eq 'x' and"}, 400),
    ("/Things", {"filter": "name == 'x'"}, 400),
    ("/Things", {"filter": "eq eq 'x'"}, 400),
    ("/Things", {"filter": "name eq 'a\x00b'"}, 400),
    ("/Things", {"filter": "nothing(name)"}, 400),
    ("/Things", {"filter": "length(name, name) eq 1"}, 400),
    ("/Things", {"filter": "length(1) eq 1"}, 400),
    ("/Things", {"filter": "substringof('x')"}, 400),
    ("/Things", {"filter": "true gt false"}, 400),
    ("/Things", {"filter": "properties/kind gt 2026-05-12T00:00:00Z"}, 400),
    ("/Things", {"filter": "substring(name, 1, -5) eq 'x'"}, 400),
    ("/Things", {"filter": "(" * 50 + "1 eq 1" + ")" * 50}, 400),
    ("/Things", {"filter": " and ".join(["1 eq 1"] * 60)}, 400),
    ("/Things", {"filter": "1 eq 1 or " + "x" * 5000}, 400),
    ("/Things", {"filter": ", " * 500}, 400),
    ("/Things", {"filter": "1e999 gt 1"}, 400),
    ("/Things", {"filter": "1e200 mul 1e200 gt 1"}, 400),
    ("/Things/$count", {"filter": "1e200 mul 1e200 gt 1"}, 400),
    ("/Things", {"filter": "time(now()) eq 1"}, 501),
    ("/Things", {"filter": "st_touches(Locations/location, geography'POINT(0 0)')"}, 501),
    ("/Things", {"filter": "Locations/name eq Datastreams/name"}, 501),
    ("/Locations", {"filter": "location eq 1"}, 200),
    ("/Locations", {"filter": "location eq geography'POINT(0 0)'"}, 400),
    ("/Locations", {"filter": "st_within(location, geography'CIRCLE(0 0)')"}, 400),
    ("/Locations", {"filter": "st_within(location, geography'POLYGON((0 0, 1 1, 0 0))')"}, 400),
    ("/Locations", {"filter": "st_within(location, geography'POLYGON((0 0,1 1,x 1,0 0))')"}, 400),
    (
        "/Locations",
        {"filter": f"st_within(location, geography'POLYGON(({','.join(['0 0'] * 201)}))')"},
        400,
    ),
    (
        "/Locations",
        {"filter": "st_within(location, geography'POLYGON((0 0,1 0,1 1,0 0),(0 0,1 0,1 1,0 0))')"},
        501,
    ),
    ("/Locations", {"filter": "st_within(location, geography'POINT(0 0)')"}, 400),
    ("/Observations", {"filter": "phenomenonTime gt 2026-13-01T00:00:00Z"}, 400),
    ("/Observations", {"filter": "phenomenonTime gt 2026-13-01"}, 400),
    ("/Observations", {"filter": "phenomenonTime gt 0001-01-01T00:00:00+23:00"}, 400),
    ("/Observations", {"filter": "phenomenonTime gt duration'P'"}, 400),
    (
        "/Observations",
        {"filter": "phenomenonTime add duration'P999999D' add duration'P999999D' gt now()"},
        200,
    ),
    ("/Datastreams", {"filter": "phenomenonTime eq resultTime"}, 501),
    ("/Things", {"orderby": "nothing"}, 400),
    ("/Things", {"orderby": "name up"}, 400),
    ("/Things", {"orderby": ""}, 400),
    ("/Things", {"orderby": "Datastreams/name"}, 400),
    ("/Things", {"orderby": ",".join(["name"] * 6)}, 400),
    ("/Things", {"top": "-1"}, 400),
    ("/Things", {"top": "many"}, 400),
    ("/Things", {"top": "²"}, 400),
    ("/Things", {"skip": "99999999999"}, 400),
    ("/Things", {"count": "yes"}, 400),
    ("/Things", {"select": "nothing"}, 400),
    ("/Things", {"expand": "nothing"}, 400),
    ("/Things", {"expand": "Datastreams($nothing=1)"}, 400),
    ("/Things", {"expand": "Datastreams($top)"}, 400),
    ("/Things", {"expand": "Datastreams($top=1"}, 400),
    ("/Things", {"expand": "Datastreams($top=1)x"}, 400),
    ("/Things", {"expand": "Datastreams)"}, 400),
    ("/Things", {"expand": "Datastreams($top=1),Datastreams"}, 400),
    ("/Things", {"expand": "Datastreams/Thing/Datastreams/Thing/Datastreams/Thing"}, 400),
    ("/Things", {"skiptoken": "nonsense"}, 400),
    ("/Things", {"resultFormat": "dataArray"}, 400),
    ("/Observations", {"resultFormat": "csv"}, 501),
    ("/Observations", {"resultFormat": "dataArray", "expand": "Datastream"}, 400),
    ("/Things", {"search": "x"}, 501),
    ("/Things", {"nothing": "x"}, 400),
    ("/Things/$count", {"top": "1"}, 400),
    ("/Things/$ref", {"expand": "Datastreams"}, 400),
    ("", {"top": "1"}, 400),
)


@pytest.mark.parametrize(("address", "options", "status"), WRONG)
def test_what_is_not_understood_is_refused(
    public: TestClient, address: str, options: dict[str, str], status: int
) -> None:
    """A question that is wrong is refused with a reason, never answered as if it were another."""
    if status == 200:
        assert "value" in ask(public, address, **options)
        return
    found, detail = refusal(public, address, **options)
    assert found == status
    assert len(detail) > 10


def test_option_that_is_not_the_standards(public: TestClient) -> None:
    """Parameters without `$` are refused too, and so is one that is given twice."""
    assert public.get("/sensorthings/v1.1/Things?top=1").status_code == 400
    assert public.get("/sensorthings/v1.1/Things?$top=1&$top=2").status_code == 400
    [thing] = values(public, "/Things", top="1")
    assert public.get(f"{thing['@iot.selfLink']}?$filter=true").status_code == 400
    assert public.get(f"{thing['@iot.selfLink']}/name?$top=1").status_code == 400
