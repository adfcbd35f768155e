"""The bench measures what it says, on real servers; how fast they are is no test."""

import json
import socket
import subprocess
import sys
import threading

import pytest

from ingest.pipeline import Policy, read
from simulators.feed import Feed, packet
from simulators.load_messages import messages
from storage.instance import Mode
from storage.model import Arrival, UplinkRecord
from tests.fixtures.borough_world import NOW


def test_figures() -> None:
    """Every stage gives a figure, with the set-up beside it, and nothing is lost on the way."""
    command = [sys.executable, "-m", "boroughsense", "bench", "--uplinks", "1000"]
    command += ["--rate", "200", "--seconds", "1"]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["set_up"]["uplinks"] == 1000
    assert 1200 < figures["set_up"]["bytes_each"] < 1800
    for name in ("decode_uplinks", "write_path_uplinks", "full_pipeline_uplinks"):
        assert figures[f"{name}_per_s"] > 0
    assert figures["raw_copy_rows_per_s"] > 0
    assert 0 < figures["full_pipeline_of_same_rows_copy"] < 1
    cost = figures["processor_us_of_an_uplink"]
    assert cost["ingest"] > 0
    assert cost["database: boroughsense-ingest"] > 0
    assert figures["latency_at_200_per_s"]["p50_ms"] > 0


def test_messages_are_uplinks_with_five_values() -> None:
    """Each is another uplink of one of a thousand devices, as ChirpStack writes it."""
    made = messages(0, 2000, NOW)
    assert len({message.payload for message in made}) == 2000
    record = read(Arrival(made[7].topic, made[7].payload, NOW), Policy(Mode.LIVE))
    assert isinstance(record, UplinkRecord)
    assert len(record.observations) == 5


def test_long_packets_have_long_lengths() -> None:
    """A remaining length over 127 takes two bytes (MQTT 5, section 1.5.5)."""
    assert packet(0, "t", b"x")[:2] == b"\x32\x07"
    assert packet(0, "t", bytes(200))[1:3] == bytes((206 % 128 | 128, 206 // 128))


def _answer(listener: socket.socket, words: bytes) -> None:
    taken, _ = listener.accept()
    with taken:
        taken.recv(1000)
        taken.sendall(words)


@pytest.mark.parametrize(
    ("words", "error"), [(b"\x20\x03\x00\x87\x00", "answers"), (b"\x20\x03\x00\x00\x00", "closed")]
)
def test_broker_that_refuses_or_leaves_is_told(words: bytes, error: str) -> None:
    """The feed says what the broker did."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        there = threading.Thread(target=_answer, args=(listener, words))
        there.start()
        with pytest.raises(OSError, match=error):
            _feed(listener.getsockname()[1])
        there.join()


def _feed(port: int) -> None:
    with Feed(f"mqtt://127.0.0.1:{port}") as feed:
        feed.all([packet(0, "t", b"x")])
