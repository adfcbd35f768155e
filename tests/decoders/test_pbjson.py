"""Protobuf messages as ChirpStack's JSON."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chirpstack_api import common, gw, integration
from google.protobuf.descriptor_pb2 import FieldDescriptorProto
from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.wrappers_pb2 import Int64Value
from hypothesis import given
from hypothesis import strategies as st

from decoders import pbjson
from tests.decoders import samples


def test_package_integration_writes_every_scalar() -> None:
    """An empty uplink has every scalar, list and map, and no sub-message."""
    assert pbjson.plain(integration.UplinkEvent()) == {
        "deduplicationId": "",
        "devAddr": "",
        "adr": False,
        "dr": 0,
        "fCnt": 0,
        "fPort": 0,
        "confirmed": False,
        "data": "",
        "rxInfo": [],
        "regionConfigId": "",
    }
    assert pbjson.plain(integration.DeviceInfo())["deviceClassEnabled"] == "CLASS_A"
    assert pbjson.plain(integration.DeviceInfo())["tags"] == {}


def test_other_packages_leave_defaults_out() -> None:
    """A gateway's copy has no channel 0 and no SNR of 0; a position that is not known is empty."""
    copy = gw.UplinkRxInfo(gateway_id="00", snr=0.0, channel=0, location=common.Location())
    assert pbjson.plain(copy) == {"gatewayId": "00", "location": {}}
    assert pbjson.plain(gw.ConnState(gateway_id="00", state="OFFLINE")) == {"gatewayId": "00"}
    assert pbjson.plain(gw.ConnState(state="ONLINE")) == {"state": "ONLINE"}


@pytest.mark.parametrize(
    ("nanos", "fraction"),
    [
        (0, ""),
        (500_000_000, ".500"),
        (1_000_000, ".001"),
        (250_750_000, ".250750"),
        (1_000, ".000001"),
        (311_842_907, ".311842907"),
    ],
)
def test_fractions_of_a_second(nanos: int, fraction: str) -> None:
    """Times and durations have 0, 3, 6 or 9 digits of fraction."""
    assert _time(Timestamp(nanos=nanos)) == f"1970-01-01T00:00:00{fraction}+00:00"
    assert _span(Duration(seconds=2, nanos=nanos)) == f"2{fraction}s"
    assert _span(Duration(seconds=-2, nanos=-nanos)) == f"-2{fraction}s"


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_are_read_again(time: datetime) -> None:
    """The text of a time is read to the same time, and never ends in Z."""
    stamp = Timestamp()
    stamp.FromDatetime(time)
    assert datetime.fromisoformat(_time(stamp)) == time
    assert _time(stamp).endswith("+00:00")


def test_negative_span_below_a_second() -> None:
    """A span of less than a second keeps its sign."""
    assert _span(_duration(timedelta(milliseconds=-1))) == "-0.001s"


@pytest.mark.parametrize(
    ("snr", "written"),
    [(7.2, 7.2), (-0.3, -0.3), (math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")],
)
def test_32_bit_floats(snr: float, written: float | str) -> None:
    """A float is its shortest decimal; what JSON has no number for is a text."""
    assert pbjson.plain(gw.UplinkRxInfo(snr=snr)) == {"snr": written}


def test_bytes_enumerations_and_64_bits() -> None:
    """Bytes are base64, enumerations names (numbers when unknown), 64-bit integers texts."""
    assert pbjson.plain(gw.UplinkRxInfo(context=b"\xde\xad\xbe\xef\xfb")) == {"context": "3q2+7/s="}
    assert pbjson.plain(integration.LogEvent(level=2, code=99))["level"] == "ERROR"
    assert pbjson.plain(integration.LogEvent(code=99))["code"] == 99
    assert pbjson.plain(Int64Value(value=-(2**63))) == {"value": "-9223372036854775808"}


def test_repeated_and_optional() -> None:
    """Lists keep their order, and an optional field that was set to its default is written."""
    number = FieldDescriptorProto(name="n", number=0, label=FieldDescriptorProto.LABEL_REPEATED)
    assert pbjson.plain(number) == {"name": "n", "number": 0, "label": "LABEL_REPEATED"}
    event = integration.UplinkEvent(rx_info=[gw.UplinkRxInfo(rssi=-1), gw.UplinkRxInfo(rssi=-2)])
    assert pbjson.plain(event)["rxInfo"] == [{"rssi": -1}, {"rssi": -2}]


def test_object() -> None:
    """What the codec said keeps its shape: numbers are doubles, keys are sorted."""
    struct = Struct()
    struct.update({"b": [1, None, {"c": True}], "a": "text", "n": None, "e": {}})
    struct.fields["unset"].Clear()
    assert json.dumps(pbjson.plain(integration.UplinkEvent(object=struct))["object"]) == (
        '{"a": "text", "b": [1.0, null, {"c": true}], "e": {}, "n": null, "unset": null}'
    )


@pytest.mark.parametrize("name", [name for name in samples.names() if samples.has_binary(name)])
def test_samples_are_written_as_they_are(name: str) -> None:
    """A sample event, read as protobuf and written, has the keys and values of the file."""
    message = samples.message(name)
    assert json.loads(pbjson.dump(message)) == samples.load(name)


def _time(stamp: Timestamp) -> Any:  # noqa: ANN401 - JSON
    return pbjson.plain(gw.UplinkRxInfo(gw_time=stamp))["gwTime"]


def _span(duration: Duration) -> Any:  # noqa: ANN401 - JSON
    return pbjson.plain(gw.UplinkRxInfo(time_since_gps_epoch=duration))["timeSinceGpsEpoch"]


def _duration(span: timedelta) -> Duration:
    duration = Duration()
    duration.FromTimedelta(span)
    return duration
