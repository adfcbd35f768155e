"""How many uplinks a core decodes: every native family, and a vendor's codec in the sandbox.

    python benchmarks/decoding.py            prints the set-up and a line a family

The frames are those of each family's own vectors, in turn. They repeat, as the values of a sensor
do: a value that never came before costs more. The sandbox runs a codec written here, over a pipe
to its worker process.

A figure is uplinks a second of processor time, so that other work on the machine hardly matters;
of the sandbox that is our process's and the worker's together, warm: the start is taken off.
"""

import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import process_time

from decoders import registry
from decoders.codec import Codec
from decoders.javascript import Script, ScriptCodec
from decoders.mapping import Mapped
from ingest.codec_workers import Workers

SECONDS = 1.0
ROUNDS = 60
SOURCE = """
function decodeUplink(input) {
  var b = input.bytes;
  var t = (b[0] << 8 | b[1]) << 16 >> 16;
  return {data: {temperature: t / 100, humidity: b[2] / 2, battery: b[3]}};
}
"""
DEVICES = Path(__file__).parents[1] / "decoders" / "devices"


def frames(model: str) -> list[tuple[int, bytes]]:
    """Give the ports and payloads of a family's vectors."""
    name = model.split("/", maxsplit=1)[0].replace("-", "_")
    vectors = json.loads((DEVICES / f"{name}.vectors.json").read_text())
    return [(v["f_port"], bytes.fromhex(v["hex"])) for v in vectors if "error" not in v]


def rate(work: Callable[[], int]) -> float:
    """Give how many a second, over a second of work."""
    work()
    done, began = 0, process_time()
    while (spent := process_time() - began) < SECONDS:
        done += work()
    return done / spent


def native(codec: Codec) -> float:
    """Give how many uplinks a second a native codec reads."""
    known: Sequence[tuple[int, bytes]] = frames(codec.model)

    def work() -> int:
        for f_port, payload in known:
            codec.decode(payload, f_port)
        return len(known)

    return rate(work)


def sandboxed() -> float:
    """Give how many uplinks a second one warm worker reads by a vendor's codec."""
    payloads = [bytes((n, 255 - n, n, 100)) for n in range(256)]
    return ROUNDS * len(payloads) / (_sandboxed(payloads, 1 + ROUNDS) - _sandboxed(payloads, 1))


def _sandboxed(payloads: Sequence[bytes], rounds: int) -> float:
    """Give the processor seconds of ours and of a worker's, from its start to its end."""
    began = process_time() + _ended_workers()
    with Workers(1) as workers:
        codec = ScriptCodec("bench", Script(SOURCE), workers, Mapped(), "1")
        for _ in range(rounds):
            for payload in payloads:
                if codec.decode(payload, 1).error:
                    raise RuntimeError("the codec of the benchmark fails")
    return process_time() + _ended_workers() - began


def _ended_workers() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the figures."""
    say = sys.stdout.write
    say(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    seen = set()
    for codec in registry.models():
        family = codec.model.split("/")[0]
        if family not in seen:
            seen.add(family)
            say(f"{family:28} {native(codec):>10,.0f} uplinks/s\n")
    say(f"{'a codec in the sandbox':28} {sandboxed():>10,.0f} uplinks/s per worker\n")


if __name__ == "__main__":
    main()
