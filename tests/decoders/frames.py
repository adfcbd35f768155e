"""What devices can say, drawn from their layouts part by part.

A part is read from bytes that are drawn, with the ends of every range among them, so that what
comes out is what the part's fields can carry: in the steps of the device, from the lowest code to
the highest, with the codes for `no value` left out.
"""

from collections.abc import Iterable

from hypothesis import strategies as st

from decoders.block import Block, Field, Part, Sheet
from decoders.channel_layout import ChannelLayout, Item
from decoders.clock import UNTIMED
from decoders.codec import Layout
from decoders.devices.adeunis_comfort import SampleLayout
from decoders.devices.cayenne_lpp import TYPES, LppLayout
from decoders.devices.nexelec_rise import LOGS, RiseLayout
from decoders.devices.senml import SenmlLayout
from decoders.fixed_layout import FixedLayout, Frame, Tail
from decoders.model import Observation
from decoders.word_layout import WordLayout

Observations = tuple[Observation, ...]

EDGES = [
    bytes.fromhex(text)
    for text in ("0000", "0001", "0100", "7fff", "ff7f", "8000", "0080", "ffff", "fffe", "feff")
]
"""The ends of ranges, in both orders of bytes"""


def runs(size: int) -> st.SearchStrategy[bytes]:
    """Draw bytes, the ends of ranges often."""
    places = st.tuples(st.integers(0, size), st.sampled_from(EDGES))
    return st.builds(
        _patched, st.binary(min_size=size, max_size=size), st.lists(places, max_size=3)
    )


def _patched(run: bytes, patches: list[tuple[int, bytes]]) -> bytes:
    for at, edge in patches:
        run = (run[:at] + edge + run[at + len(edge) :])[: len(run)]
    return run


def said(part: Part) -> st.SearchStrategy[Observations]:
    """Draw what a part can say; nothing at all when its bytes say less than it needs."""
    return runs(part.size).map(lambda run: _read(part, run))


def _read(part: Part, run: bytes) -> Observations:
    sheet = Sheet(None)
    part.read(run, sheet)
    seen = sheet.reading().observations
    told = {(one.observed_property, one.channel) for one in seen}
    return seen if part.required <= told else ()


def observations(layout: Layout) -> st.SearchStrategy[Observations]:
    """Draw what one frame of a layout can say: something."""
    match layout:
        case ChannelLayout():
            drawn = _chains(layout)
        case WordLayout():
            drawn = st.tuples(*(_maybe(said(block)) for block in layout.blocks)).map(_joined)
        case FixedLayout():
            drawn = st.one_of([_frames(frame) for frame in layout.frames if frame.spoken])
        case SampleLayout():
            drawn = _samples(layout)
        case LppLayout():
            drawn = st.tuples(*(_maybe(said(block)) for block in TYPES.values())).map(_joined)
        case SenmlLayout():
            drawn = st.lists(_records(layout), max_size=3, unique_by=_series).map(tuple)
        case RiseLayout():
            drawn = observations(layout.live) | st.sampled_from([*LOGS.values()]).flatmap(_log)
        case _:
            raise AssertionError(f"{type(layout).__name__} is a layout that no test draws from")
    return drawn.filter(bool)


def _maybe(strategy: st.SearchStrategy[Observations]) -> st.SearchStrategy[Observations]:
    return st.just(()) | strategy


def _joined(groups: Iterable[Observations]) -> Observations:
    return tuple(seen for group in groups for seen in group)


@st.composite
def _chains(draw: st.DrawFn, layout: ChannelLayout) -> Observations:
    """Draw items that say different things, and records of different times."""
    live = [item for item in layout.items if item.block.series and item.block.clock is None]
    chain: dict[tuple[str, str], Observation] = {}
    for item in draw(st.lists(st.sampled_from(live), unique=True)):
        group = draw(_items(item))
        series = {(seen.observed_property, seen.channel): seen for seen in group}
        if not chain.keys() & series.keys():
            chain |= series
    stored = [item.block for item in layout.items if item.block.clock is not None]
    records = draw(st.lists(_one_of(stored), max_size=3)) if stored else []
    return (*chain.values(), *_joined(_of_different_times(records)))


@st.composite
def _items(draw: st.DrawFn, item: Item) -> Observations:
    """Draw an item, and where it may come again the next ones without a gap."""
    blocks: list[Block] = [item.block, *item.further]
    groups = [draw(said(block)) for block in blocks[: draw(st.integers(1, len(blocks)))]]
    return _joined(groups)


def _one_of(blocks: list[Block]) -> st.SearchStrategy[Observations]:
    return st.sampled_from(blocks).flatmap(said)


def _of_different_times(records: Iterable[Observations]) -> Iterable[Observations]:
    return {record[0].phenomenon_time: record for record in records if record}.values()


def _frames(frame: Frame) -> st.SearchStrategy[Observations]:
    one = st.tuples(*(said(part) for part in frame.parts)).map(_joined)
    one = one.filter(
        lambda seen: frame.required <= {(s.observed_property, s.channel) for s in seen}
    )
    if frame.tail is not Tail.RECORDS:
        return one
    return st.lists(one, max_size=3).map(_of_different_times).map(_joined)


@st.composite
def _samples(draw: st.DrawFn, layout: SampleLayout) -> Observations:
    """Draw one sample of now, and the battery's state."""
    low = Observation("battery_low", draw(st.sampled_from([0.0, 1.0])))
    return (low, *draw(said(layout.kind.sample)))


def _log(field: Field) -> st.SearchStrategy[Observations]:
    """Draw the values of a log that was received nobody knows when."""
    codes = st.integers(0, (1 << field.number.bits) - 1).filter(lambda c: c not in field.absent)
    values = codes.map(field.result).map(lambda result: _of_a_log(field, result))
    return st.lists(values, min_size=1, max_size=20).map(tuple)


def _of_a_log(field: Field, result: float | None) -> Observation:
    assert result is not None
    return Observation(field.observed_property, result, qualifier=UNTIMED)


def _records(layout: SenmlLayout) -> st.SearchStrategy[Observation]:
    """Draw a value to the sixth decimal, of any property."""
    names = st.sampled_from([name for name, _ in layout.series])
    channels = st.sampled_from(["", "external", "external2"])
    numbers = st.integers(-(10**9), 10**9).map(lambda millionths: millionths / 10**6)
    return st.builds(Observation, names, numbers, st.none(), channels)


def _series(seen: Observation) -> tuple[str, str]:
    return seen.observed_property, seen.channel
