"""How many uplinks a core decodes: every native family, and a vendor's codec in the sandbox.

    python benchmarks/decoding.py            prints the set-up and a line a family

The frames are those of each family's own vectors, in turn. They repeat, as the values of a sensor
do: a value that never came before costs more. The sandbox runs a codec written here, over a pipe
to its worker process.
"""

import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from decoders import registry
from decoders.codec import Codec
from decoders.javascript import Script, ScriptCodec
from decoders.mapping import Mapped
from ingest.codec_workers import Workers

SECONDS = 1.0
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
    done, began = 0, perf_counter()
    while (spent := perf_counter() - began) < SECONDS:
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
    codec = ScriptCodec("bench", Script(SOURCE), Workers(), Mapped(), "1")
    payloads = [bytes((n, 255 - n, n, 100)) for n in range(256)]

    def work() -> int:
        for payload in payloads:
            codec.decode(payload, 1)
        return len(payloads)

    return rate(work)


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
