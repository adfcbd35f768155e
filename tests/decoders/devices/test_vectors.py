"""Every vector beside a device's codec is decoded to exactly what it says."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import pytest

from decoders import registry
from decoders.block import Block, Field, Part, Series
from decoders.channel_layout import ChannelLayout
from decoders.codec import Codec, Device, Layout
from decoders.devices.adeunis_comfort import SampleLayout
from decoders.devices.nexelec_rise import LOGS, RiseLayout
from decoders.fixed_layout import FixedLayout
from decoders.wire import Sign
from decoders.word_layout import WordLayout
from tests.decoders import vectors

CODECS = registry.models()


@pytest.mark.parametrize(
    ("family", "vector"),
    [pytest.param(family, v, id=f"{family}: {v['name']}") for family, v in vectors.every()],
)
def test_vector(family: str, vector: vectors.Vector) -> None:
    """The frame gives exactly these observations, warnings and this error."""
    assert vector.get("model", family).split("/")[0] == family
    vectors.check(vector, family, registry.NATIVE)


def test_every_family_has_vectors() -> None:
    """No codec is without vectors, and no file of vectors is without a codec."""
    files = {vectors.family(file) for file in vectors.FILES}
    assert files == {codec.model.split("/")[0] for codec in CODECS}


def test_names_are_unique() -> None:
    """A vector's name finds it."""
    named = [(family, vector["name"]) for family, vector in vectors.every()]
    assert len(set(named)) == len(named)


def _fields(layout: Layout) -> Iterator[Field]:
    """Give the fields of a layout's tables."""
    match layout:
        case ChannelLayout():
            for item in layout.items:
                for block in (item.block, *item.further):
                    yield from block.fields
        case WordLayout():
            for part in layout.blocks:
                yield from _of_part(part)
        case FixedLayout():
            for part in (part for frame in layout.frames for part in frame.parts):
                yield from _of_part(part)
        case SampleLayout():
            yield from layout.kind.sample.fields
        case RiseLayout():
            yield from (*_fields(layout.live), *LOGS.values())
        case _:
            return


def _of_part(part: Part) -> Iterable[Field]:
    """Give the fields of a part that is a table, or one with something around it."""
    block = getattr(part, "block", part)
    return block.fields if isinstance(block, Block) else ()


def _told(codec: Codec) -> dict[Series, list[float]]:
    """Give the results that the vectors of a codec's family tell of each series."""
    results: dict[Series, list[float]] = defaultdict(list)
    for family, vector in vectors.every():
        if family == codec.model.split("/")[0]:
            for seen in vectors.observations(vector):
                results[seen.observed_property, seen.channel].append(seen.result)
    return results


def _untold(codec: Codec) -> Iterator[str]:
    """Give what no vector of a codec's family tells: a field, its sign, its order of bytes."""
    assert isinstance(codec, Device)
    told = _told(codec)
    for field in _fields(codec.layout):
        results = told[field.series]
        if not results:
            yield f"{field.series} is in no vector"
        elif field.number.sign is not Sign.NONE and min(results) >= 0:
            yield f"{field.series} is below zero in no vector"
        elif field.number.bits >= 16 and not any(_bytes_differ(field, one) for one in results):
            yield f"{field.series} has two different bytes in no vector"


def _bytes_differ(field: Field, result: float) -> bool:
    code = field.code(result)
    return len(set(code.to_bytes(field.number.bits // 8, "big"))) > 1


@pytest.mark.parametrize("codec", CODECS, ids=[codec.model for codec in CODECS])
def test_vectors_tell_of_every_field(codec: Codec) -> None:
    """Each field is in a vector; a signed one below zero, a wide one with bytes that differ."""
    assert list(_untold(codec)) == []
