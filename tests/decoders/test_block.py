"""Fields in a run of bytes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders.block import Block, Field, Said, Sheet, Words, describe
from decoders.clock import UNTIMED, Clock
from decoders.codec import one_each
from decoders.model import Observation
from decoders.scale import Formula, Linear, Scale, Switch
from decoders.wire import S8, S16, U1, U4, U8, U16, Number, Order, Sign

RECEIVED_AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
AT = datetime(2026, 1, 31, 8, tzinfo=UTC)
SECONDS = int(AT.timestamp())


def read(block: Block, text: str) -> Sheet:
    """Read a run given in hex."""
    sheet = Sheet(RECEIVED_AT)
    block.read(bytes.fromhex(text), sheet)
    return sheet


def results(block: Block, text: str) -> list[float]:
    """Give the results of a run given in hex."""
    return [seen.result for seen in read(block, text).reading().observations]


def says(*observations: Observation) -> Said:
    """Give what a block is to say."""
    return one_each(observations)


@pytest.mark.parametrize(
    ("order", "text", "result"), [("big", "00ff38", -200.0), ("little", "0038ff", -200.0)]
)
def test_order_of_bytes(order: Order, text: str, result: float) -> None:
    """The block's byte order holds for the number, and its offset is counted from the front."""
    block = Block(3, (Field("temperature", S16, 1),), order)
    assert results(block, text) == [result]
    assert block.write(says(Observation("temperature", result)), None).hex() == text


def test_bits_count_as_the_block_does() -> None:
    """Further bits count from the top in a big-endian block, from the bottom in a little one."""
    fields = (Field("co2", Number(10), 0, bit=2), Field("tvoc", U4, 1, bit=4))
    assert results(Block(2, fields), "c80f") == [0x080, 0xF]
    low = (Field("motion", U1, 0, bit=1), Field("tilted", U1, 0, bit=7))
    assert results(Block(1, low, "little"), "02") == [1.0, 0.0]
    assert results(Block(1, low, "big"), "01") == [0.0, 1.0]


def test_a_code_for_no_value() -> None:
    """Such a code gives nothing, is written when nothing is said, and never for a result."""
    block = Block(2, (Field("distance", U16, absent=(0xFFFF, 0xFFFE)),))
    assert read(block, "fffe").live == {}
    assert block.write({}, None).hex() == "ffff"
    assert block.write(says(Observation("distance", 1e9)), None).hex() == "fffd"
    assert block.required == frozenset()


def test_the_nearest_code_lies_towards_zero() -> None:
    """A result that would be written as `no value` gets the next code towards zero."""
    field = Field("temperature", S8, absent=(0x80, 0x7F))
    assert field.code(-500.0) == 0x81
    assert field.code(500.0) == 0x7E


@pytest.mark.parametrize(
    "field",
    [
        Field("temperature", S16, 0, Linear(divide=10)),
        Field("temperature", S16, 0, Linear(divide=10), absent=(0x7FFF,)),
        Field("temperature", Number(16, Sign.MAGNITUDE), 0, Linear(divide=100)),
        Field("temperature", U16, 0, Formula(175, 65_535, -45)),
        Field("temperature", U16, 0, Linear(multiply=5, offset=-7)),
        Field("motion", U8, 0, Switch()),
        Field("light_level", U8, 0, absent=(0,)),
    ],
)
def test_the_quick_way_is_the_plain_way(field: Field) -> None:
    """What is worked out beforehand gives what the field itself gives, for every code."""
    convert = field.converter()
    for code in range(0, 1 << field.number.bits, 1 if field.number.bits <= 8 else 251):
        assert convert(code) == field.result(code)


@pytest.mark.parametrize("result", [float("nan"), float("inf"), float("-inf")])
def test_no_number_cannot_be_sent(result: float) -> None:
    """A result that is not a finite number is refused."""
    with pytest.raises(ValueError, match="temperature of"):
        Field("temperature", S16).code(result)


def test_what_is_missing_is_named() -> None:
    """A block with no code for `no value` cannot be written without the value."""
    block = Block(3, (Field("temperature", S16), Field("co2", U8, 2, channel="external")))
    assert block.required == {("temperature", ""), ("co2", "external")}
    with pytest.raises(ValueError, match=r"^co2 external is missing"):
        block.write(says(Observation("temperature", 1.0)), None)


def test_template() -> None:
    """Where no field lies the template is written, filled up with zeros."""
    block = Block(4, (Field("co2", U8, 1),), template=b"\xaa\xbb\xcc")
    assert block.write(says(Observation("co2", 5.0)), None).hex() == "aa05cc00"


def test_the_last_counts() -> None:
    """A series that is read again replaces the first, on the same sheet."""
    sheet = Sheet(None)
    block = Block(1, (Field("co2", U8),))
    block.read(b"\x01", sheet)
    block.read(b"\x02", sheet)
    assert sheet.reading().observations == (Observation("co2", 2.0),)


STORED = Block(5, (Field("co2", U8),), clock=Clock(1))
LIVE = Block(5, (Field("co2", U8),), clock=Clock(1, stored=False))


@pytest.mark.parametrize("block", [STORED, LIVE])
def test_its_own_time(block: Block) -> None:
    """A block with a clock gives its values with its time, and is written with it."""
    text = f"07{SECONDS:08x}"
    assert read(block, text).reading().observations == (Observation("co2", 7.0, AT),)
    assert block.write(says(Observation("co2", 7.0)), AT).hex() == text


def test_a_record_without_a_believable_clock() -> None:
    """A stored record is kept without a time, marked and with a warning."""
    reading = read(STORED, "0700000000").reading()
    assert reading.observations == (Observation("co2", 7.0, qualifier=UNTIMED),)
    assert reading.warnings == ("record without a clock: it says 1970-01-01T00:00:00+00:00",)
    assert STORED.write(says(*reading.observations), None).hex() == "0700000000"


def test_a_live_value_without_a_believable_clock() -> None:
    """A reading of now is of the time of its uplink, with a warning."""
    reading = read(LIVE, "0700000000").reading()
    assert reading.observations == (Observation("co2", 7.0),)
    assert len(reading.warnings) == 1


def test_stored_records_are_kept_apart() -> None:
    """Each record keeps its values, in the frame's order, behind the readings of now."""
    sheet = Sheet(RECEIVED_AT)
    STORED.read(bytes.fromhex(f"01{SECONDS:08x}"), sheet)
    Block(1, (Field("co2", U8),)).read(b"\x09", sheet)
    STORED.read(bytes.fromhex(f"02{SECONDS + 60:08x}"), sheet)
    assert sheet.reading().observations == (
        Observation("co2", 9.0),
        Observation("co2", 1.0, AT),
        Observation("co2", 2.0, AT + timedelta(minutes=1)),
    )


def test_a_suspect_code() -> None:
    """A value that may be a code is given, with a warning."""
    sheet = read(Block(2, (Field("pm10", U16, suspect=(0xFFFF,)),)), "ffff")
    assert sheet.reading().observations == (Observation("pm10", 65_535.0),)
    assert sheet.warnings == ["pm10 may be a sensor code, not a value"]


FAST = Words(0, 6, ("", "fast", "slow", "peak"))
LOUD = Words(0, 0, ("A", "C"), default=1)
NOISE = Block(
    3,
    (
        Field("sound_level", U8, 1, qualified_by=(LOUD, FAST)),
        Field("sound_level_average", U8, 2, qualified_by=(LOUD,)),
    ),
)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [("004142", "A", "A"), ("824142", "C slow", "C"), ("014142", "A fast", "A")],
)
def test_qualifiers(text: str, first: str, second: str) -> None:
    """Named bits stand in the qualifier of each value they qualify, and are written from it."""
    observations = (
        Observation("sound_level", 65.0, qualifier=first),
        Observation("sound_level_average", 66.0, qualifier=second),
    )
    assert read(NOISE, text).reading().observations == observations
    assert NOISE.write(says(*observations), None).hex() == text


def test_qualifiers_that_are_not_said() -> None:
    """Without a qualifier the default is written."""
    observations = (Observation("sound_level", 65.0), Observation("sound_level_average", 66.0))
    assert NOISE.write(says(*observations), None).hex() == "804142"


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [("B", "", "^B is not how"), ("A", "C", "cannot be (A|C) and something else")],
)
def test_qualifiers_that_cannot_be_said(first: str, second: str, message: str) -> None:
    """A word that no bits mean, and two words for the same bits, are refused."""
    observations = (
        Observation("sound_level", 65.0, qualifier=first),
        Observation("sound_level_average", 66.0, qualifier=second),
    )
    with pytest.raises(ValueError, match=message):
        NOISE.write(says(*observations), None)


def test_no_value_has_no_qualifier() -> None:
    """A qualified value that is not there stays away, and is written with the default."""
    block = Block(2, (Field("sound_level", U8, 1, absent=(0,), qualified_by=(LOUD,)),))
    assert read(block, "0000").reading().observations == ()
    assert block.write({}, None).hex() == "8000"


@st.composite
def _blocks(draw: st.DrawFn) -> Block:
    """Draw fields of any width, sign and scale, side by side with gaps."""
    names = ("temperature", "co2", "tvoc", "pm10", "pressure")
    place = 0
    fields: list[Field] = []
    for name in names[: draw(st.integers(1, len(names)))]:
        place += draw(st.integers(0, 9))
        number = Number(draw(st.integers(2, 24)), draw(st.sampled_from(Sign)))
        scale: Scale = Linear(
            draw(st.integers(1, 5)), draw(st.sampled_from([1, 2, 10])), draw(st.integers(-9, 9))
        )
        fields.append(Field(name, number, place // 8, scale, place % 8))
        place += number.bits
    return Block(place // 8 + 1, tuple(fields), draw(st.sampled_from(["big", "little"])))


@given(_blocks(), st.data())
def test_any_fields_come_back(block: Block, data: st.DataObject) -> None:
    """What is written into fields of any width at any place is read as it was."""
    run = data.draw(st.binary(min_size=block.size, max_size=block.size))
    sheet, again = Sheet(None), Sheet(None)
    block.read(run, sheet)
    block.read(block.write(sheet.live, None), again)
    assert sheet.live.keys() == set(block.series)
    assert again.live == sheet.live


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        (Observation("co2", 1.0), "co2"),
        (Observation("co2", 1.0, channel="external"), "co2 (external)"),
        (Observation("co2", 1.0, AT), "co2 of 2026-01-31T08:00:00+00:00"),
    ],
)
def test_describe(seen: Observation, text: str) -> None:
    """An observation is named with its channel and time where it has them."""
    assert describe(seen) == text


def test_numbers_read_as_bits_do() -> None:
    """A field beside others is not touched by what they write."""
    block = Block(2, (Field("co2", U4), Field("tvoc", U8, 0, bit=4), Field("pm10", U4, 1, bit=4)))
    values: Sequence[tuple[str, float]] = (("co2", 9.0), ("tvoc", 165.0), ("pm10", 6.0))
    run = block.write(says(*(Observation(name, value) for name, value in values)), None)
    assert run.hex() == "9a56"
