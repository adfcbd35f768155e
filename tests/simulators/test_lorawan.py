"""LoRaWAN frames: published examples, another implementation, round trips, and damage."""

from collections.abc import Sequence

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from pamoja import raw

from simulators import lorawan
from simulators.lorawan import Data, FrameWrong, JoinAccept, JoinRequest, NotThisFrame, WrongMic
from simulators.lorawan_crypto import Direction, SessionKeys, cmac, crypt, session_keys

APP_KEY = bytes.fromhex("b6b53f4a168a7a88bdf7ea135ce9cfca")
"""Of the joins in the examples of the lora-packet library"""
REQUEST = bytes.fromhex("00dc0000d07ed5b3701e6fedf57ceeaf00c886030af2c9")
ACCEPT = bytes.fromhex("204dd85ae608b87fc4889970b7d2042c9e72959b0057aed6094b16003df12de145")
UPLINK = bytes.fromhex("40f17dbe4900020001954378762b11ff0d")
"""The first example of the same library, with its keys"""
KEYS = SessionKeys(
    bytes.fromhex("44024241ed4ce9a68c6a8bc055233fd3"),
    bytes.fromhex("ec925802ae430ca77fd3dd73cb2cc588"),
)

key = st.binary(min_size=16, max_size=16)
euis = st.binary(min_size=8, max_size=8).map(bytes.hex)
nonces = st.integers(0, 0xFFFF)
accepts = st.builds(
    JoinAccept,
    app_nonce=st.integers(0, 0xFF_FFFF),
    net_id=st.integers(0, 0xFF_FFFF),
    dev_addr=st.integers(0, 0xFFFF_FFFF),
    dl_settings=st.integers(0, 0xFF),
    rx_delay=st.integers(0, 15),
    cf_list=st.one_of(st.just(b""), st.binary(min_size=16, max_size=16)),
)


@st.composite
def frames(draw: st.DrawFn) -> Data:
    """Draw a data frame, either way."""
    up = draw(st.booleans())
    f_port = draw(st.none() | st.integers(0, 223))
    return Data(
        direction=Direction.UP if up else Direction.DOWN,
        dev_addr=draw(st.integers(0, 0xFFFF_FFFF)),
        counter=draw(st.integers(0, 0xFFFF_FFFF)),
        f_port=f_port,
        payload=b"" if f_port is None else draw(st.binary(max_size=60)),
        confirmed=draw(st.booleans()),
        ack=draw(st.booleans()),
        adr=draw(st.booleans()),
        adr_ack_request=up and draw(st.booleans()),
        pending=not up and draw(st.booleans()),
        options=draw(st.binary(max_size=15)),
    )


@pytest.mark.parametrize(
    ("length", "code"),
    [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ],
)
def test_cmac_is_that_of_rfc_4493(length: int, code: str) -> None:
    """The four examples of RFC 4493, section 4."""
    message = bytes.fromhex(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
    )
    of_the_examples = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    assert cmac(of_the_examples, message[:length]).hex() == code


def test_published_join() -> None:
    """A published request and accept have the published contents and keys."""
    assert lorawan.read_join_request(REQUEST, APP_KEY) == JoinRequest(
        "70b3d57ed00000dc", "00afee7cf5ed6f1e", 0x86C8
    )
    accept = lorawan.read_join_accept(ACCEPT, APP_KEY)
    assert (accept.app_nonce, accept.net_id, accept.dev_addr) == (0xE5063A, 0x13, 0x26012E43)
    assert (accept.dl_settings, accept.rx_delay) == (3, 1)
    channels = [int.from_bytes(accept.cf_list[i : i + 3], "little") for i in range(0, 15, 3)]
    assert channels == [8_671_000, 8_673_000, 8_675_000, 8_677_000, 8_679_000]
    assert lorawan.write_join_accept(accept, APP_KEY) == ACCEPT
    keys = session_keys(APP_KEY, accept.app_nonce, accept.net_id, 0xCC85)
    assert keys.network.hex() == "2c96f7028184bb0be8aa49275290d4fc"
    assert keys.application.hex() == "f3a5c8f0232a38c144029c165865802c"


def test_published_uplink() -> None:
    """A published data frame says `test`, and is written again byte by byte."""
    data = lorawan.read_data(UPLINK, KEYS)
    assert data == Data(Direction.UP, 0x49BE7DF1, 2, 1, b"test")
    assert lorawan.write_data(data, KEYS) == UPLINK
    assert lorawan.address(UPLINK) == 0x49BE7DF1


@given(key, euis, euis, nonces)
def test_join_request_is_that_of_another_implementation(
    app_key: bytes, join_eui: str, dev_eui: str, nonce: int
) -> None:
    """Both write the same bytes, and each reads what the other wrote."""
    other = raw.LorawanDevice(bytes.fromhex(dev_eui), bytes.fromhex(join_eui), app_key)
    written = other.join_request(nonce)
    ours = JoinRequest(join_eui, dev_eui, nonce)
    assert lorawan.write_join_request(ours, app_key) == written
    assert lorawan.read_join_request(written, app_key) == ours


@given(key, accepts, nonces)
def test_join_accept_is_that_of_another_implementation(
    app_key: bytes, accept: JoinAccept, nonce: int
) -> None:
    """Both write the same accept and derive the same keys from it."""
    grant = raw.LorawanGrant(
        accept.app_nonce,
        accept.net_id,
        accept.dev_addr,
        accept.dl_settings,
        accept.rx_delay,
        accept.cf_list or None,
    )
    written = grant.accept(app_key, nonce)
    assert lorawan.write_join_accept(accept, app_key) == written
    assert lorawan.read_join_accept(written, app_key) == accept
    keys = session_keys(app_key, accept.app_nonce, accept.net_id, nonce)
    uplink = Data(Direction.UP, accept.dev_addr, 0, 7, b"both derive the same")
    heard = grant.session(app_key, nonce).decode(lorawan.write_data(uplink, keys), 0)
    assert heard.payload == uplink.payload


@given(key, key, frames())
def test_data_is_that_of_another_implementation(
    network: bytes, application: bytes, data: Data
) -> None:
    """Another implementation reads our frames and writes the same ones, both ways."""
    event(f"{data.direction.name} port {min(data.f_port, 1) if data.f_port is not None else None}")
    written = lorawan.write_data(data, SessionKeys(network, application))
    session = raw.LorawanSession(data.dev_addr, network, application)
    if data.f_port == 0 and data.options:
        return  # the specification forbids commands in both places, and the other keeps to it
    heard = session.decode(written, data.counter)
    assert (heard.fport, heard.payload) == (data.f_port, data.payload)
    assert (heard.confirmed, heard.ack, heard.adr) == (data.confirmed, data.ack, data.adr)
    assert (heard.adr_ack_req, heard.fpending) == (data.adr_ack_request, data.pending)
    assert heard.fopts == data.options
    if data.f_port is not None and data.direction == Direction.UP:
        again = session.encode_uplink(
            *(data.counter, data.f_port, data.payload, data.confirmed, data.adr, data.ack),
            fopts=data.options,
            adr_ack_req=data.adr_ack_request,
        )
        assert again == written


@given(key, key, frames(), st.integers(1, 0x1_0000))
def test_data_round_trip(network: bytes, application: bytes, data: Data, gap: int) -> None:
    """What is written is read, its counter too, whatever number up to 65,536 behind the last."""
    keys = SessionKeys(network, application)
    last = max(-1, data.counter - gap)
    assert lorawan.read_data(lorawan.write_data(data, keys), keys, last) == data


def test_no_counter_is_behind_the_last_of_all() -> None:
    """At the end of a session's 32 bits an older counter is refused, not taken for the 33rd bit."""
    keys = SessionKeys(bytes(16), bytes(range(16)))
    data = Data(Direction.UP, 1, 0xFFFF_FF00, 1, b"")
    frame = lorawan.write_data(data, keys)
    assert lorawan.read_data(frame, keys, 0xFFFF_FEFF).counter == 0xFFFF_FF00
    with pytest.raises(FrameWrong, match="32 are all there are"):
        lorawan.read_data(frame, keys, 0xFFFF_FF00)


@given(key, frames(), st.data())
def test_no_flipped_bit_passes(application: bytes, data: Data, choice: st.DataObject) -> None:
    """A frame with any one bit flipped is refused: none is read as another frame."""
    keys = SessionKeys(application[::-1], application)
    frame = bytearray(lorawan.write_data(data, keys))
    bit = choice.draw(st.integers(0, len(frame) * 8 - 1))
    frame[bit // 8] ^= 1 << bit % 8
    with pytest.raises(FrameWrong) as refusal:
        lorawan.read_data(bytes(frame), keys, data.counter - 1)
    event(refusal.type.__name__)


@given(st.integers(0, len(REQUEST) * 8 - 1), st.integers(0, len(ACCEPT) * 8 - 1))
def test_no_damaged_join_passes(request_bit: int, accept_bit: int) -> None:
    """A join with any one bit flipped is refused, by the device and by the server."""
    request, accept = bytearray(REQUEST), bytearray(ACCEPT)
    request[request_bit // 8] ^= 1 << request_bit % 8
    accept[accept_bit // 8] ^= 1 << accept_bit % 8
    with pytest.raises(FrameWrong):
        lorawan.read_join_request(bytes(request), APP_KEY)
    with pytest.raises(FrameWrong):
        lorawan.read_join_accept(bytes(accept), APP_KEY)


@given(st.binary(max_size=40))
def test_anything_is_read_or_refused_by_name(frame: bytes) -> None:
    """No bytes do more than raise FrameWrong."""
    for read in (lorawan.read_join_request, lorawan.read_join_accept):
        with pytest.raises(FrameWrong):
            read(frame, APP_KEY)
    with pytest.raises(FrameWrong):
        lorawan.read_data(frame, KEYS)


@pytest.mark.parametrize("frame", [b"", b"\xe0", b"\x41" + bytes(20), UPLINK[:11], REQUEST])
def test_what_is_no_data_frame_is_told(frame: bytes) -> None:
    """Nothing, a private frame, another major version, a cut one and a join are no data."""
    with pytest.raises(NotThisFrame):
        lorawan.read_data(frame, KEYS)
    with pytest.raises(NotThisFrame):
        lorawan.address(frame)


def test_a_wrong_key_or_an_old_counter_is_a_wrong_code() -> None:
    """Another session's key, and a frame that was there already, are refused as forged."""
    stranger = SessionKeys(bytes(16), KEYS.application)
    with pytest.raises(WrongMic, match="not"):
        lorawan.read_data(UPLINK, stranger)
    with pytest.raises(WrongMic):
        lorawan.read_data(UPLINK, KEYS, last=2)
    assert "44024241" not in repr(KEYS)


@pytest.mark.parametrize(
    ("low", "last", "full"),
    [(0, -1, 0), (5, 4, 5), (5, 5, 0x10005), (0, 0xFFFF, 0x10000), (0xFFFF, 0x10000, 0x1FFFF)],
)
def test_counters_go_on_past_sixteen_bits(low: int, last: int, full: int) -> None:
    """The next counter that ends with the bits of the frame."""
    assert lorawan.full_counter(low, last) == full


def test_each_block_of_a_payload_has_its_own_key_stream() -> None:
    """A payload of zeros does not repeat itself, and every port but 0 has the same key."""
    zeros = Data(Direction.DOWN, 1, 7, 9, bytes(48))
    stream = crypt(KEYS.application, zeros.place, zeros.payload)
    blocks: Sequence[bytes] = [stream[i : i + 16] for i in range(0, 48, 16)]
    assert len(set(blocks)) == 3
    commands = Data(Direction.DOWN, 1, 7, 0, bytes(48))
    assert lorawan.write_data(commands, KEYS)[9:25] != blocks[0]
