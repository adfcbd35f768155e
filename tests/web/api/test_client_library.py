"""A client that others wrote reads our SensorThings API over the network."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from storage.instance import Mode
from storage.pool import Pool
from tests.web.api.asking import ROOT
from web.app import create_app
from web.config import WebConfig


@pytest.fixture(scope="module")
def address(open_dsn: str) -> Iterator[str]:
    """Serve the borough on a port of this machine, and give the address of its API."""
    config = WebConfig(secret="of the tests", development_sign_in=True)  # noqa: S106
    with Pool(open_dsn, size=2) as pool:
        app = create_app(config, pool, Mode.LIVE)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}{ROOT}"
        server.should_exit = True
        thread.join(timeout=10)


@pytest.mark.filterwarnings("ignore")
def test_frost_client_reads_everything(address: str) -> None:
    """The FROST project's client lists Things, their Datastreams and these' Observations."""
    client: Any = pytest.importorskip(
        "frost_sta_client", reason="the client library frost-sta-client is not installed"
    )
    service = client.SensorThingsService(address)
    things = {thing.name: thing for thing in service.things().query().top(5).list()}
    assert len(things) == 13
    north = service.things().find(things["North gate"].id)
    assert north.properties["within"]["name"] == "Quay works"
    streams = list(north.get_datastreams().query().filter("startswith(name, 'PM10')").list())
    assert [stream.name for stream in streams] == ["PM10 at North gate"]
    assert streams[0].unit_of_measurement.symbol == "µg/m³"
    readings = list(streams[0].get_observations().query().orderby("phenomenonTime", "desc").list())
    assert len(readings) == 24
    assert readings[0].result == 33.0
    properties = {entry.name for entry in service.observed_properties().query().list()}
    assert {"PM10", "Nitrogen dioxide"} <= properties
