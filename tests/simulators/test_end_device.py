"""A device of class A: what it believes, how it counts, what it answers."""

from dataclasses import replace

import pytest

from simulators import lorawan
from simulators.end_device import JOIN_EUI, EndDevice, NotJoined, app_key
from simulators.lorawan import Data, JoinAccept
from simulators.lorawan_crypto import Direction, SessionKeys, session_keys
from simulators.mac_commands import Answer, obey

DEV_EUI = "02b0000000000042"
KEY = app_key(7, DEV_EUI)
ADDRESS = 0x00D3A1F2


def joined() -> tuple[EndDevice, SessionKeys]:
    """Give a device that has joined, and the server's keys."""
    device = EndDevice(DEV_EUI, KEY)
    request = lorawan.read_join_request(device.join_request(), KEY)
    accept = JoinAccept(0x010203, 0x13, ADDRESS, rx_delay=3)
    assert device.hear(lorawan.write_join_accept(accept, KEY)) == accept
    return device, session_keys(KEY, accept.app_nonce, accept.net_id, request.dev_nonce)


DOWN = Data(Direction.DOWN, ADDRESS, 0)
"""A downlink for the device"""


def test_keys_follow_the_seed() -> None:
    """A device's key is the same for a seed, and another for another seed or device."""
    assert app_key(7, DEV_EUI) == KEY
    assert len({KEY, app_key(8, DEV_EUI), app_key(7, "02b0000000000043")}) == 3
    assert len(KEY) == 16


def test_joining() -> None:
    """A device asks with another nonce each time, and sends nothing before it is let in."""
    device = EndDevice(DEV_EUI, KEY)
    first = lorawan.read_join_request(device.join_request(), KEY)
    second = lorawan.read_join_request(device.join_request(), KEY)
    assert (first.join_eui, first.dev_eui) == (JOIN_EUI, DEV_EUI)
    assert (first.dev_nonce, second.dev_nonce) == (0, 1)
    assert device.windows == (5, 6)
    assert not device.joined
    with pytest.raises(NotJoined, match=DEV_EUI):
        device.uplink(1, b"")
    stranger = lorawan.write_join_accept(JoinAccept(1, 1, 1), bytes(16))
    assert device.hear(stranger) is None
    assert EndDevice(DEV_EUI, KEY).hear(stranger) is None


def test_counting_and_hearing() -> None:
    """The counter goes up by one; a downlink counts once, and only its own device hears it."""
    device, keys = joined()
    assert device.windows == (3, 4)
    sent = [lorawan.read_data(device.uplink(85, bytes([n])), keys) for n in range(3)]
    assert [data.counter for data in sent] == [0, 1, 2]
    told = lorawan.write_data(replace(DOWN, f_port=9, payload=b"hello", confirmed=True), keys)
    heard = device.hear(told)
    assert isinstance(heard, Data)
    assert heard.payload == b"hello"
    assert device.hear(told) is None
    for strange in (
        Data(Direction.DOWN, ADDRESS + 1, 5, 9, b""),
        Data(Direction.UP, ADDRESS, 5, 9, b""),
    ):
        assert device.hear(lorawan.write_data(strange, keys)) is None
    answers = [lorawan.read_data(device.uplink(85, b""), keys) for _ in range(2)]
    assert [data.ack for data in answers] == [True, False]


def test_commands_are_answered_with_the_next_frame() -> None:
    """Commands come in the header or on port 0; the answers go with the next uplink, once."""
    device, keys = joined()
    device.hear(lorawan.write_data(replace(DOWN, options=b"\x06\x08\x07"), keys))
    assert device.windows == (7, 8)
    said = [lorawan.read_data(device.uplink(1, b"", confirmed=True), keys) for _ in range(2)]
    assert [data.options for data in said] == [b"\x06\xe6\x08\x08", b""]
    assert said[0].confirmed
    device.hear(
        lorawan.write_data(
            replace(DOWN, counter=1, f_port=0, payload=b"\x03\x50\xff\x00\x01"), keys
        )
    )
    assert lorawan.read_data(device.uplink(1, b""), keys).options == b"\x03\x07"


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        (b"", Answer()),
        (b"\x02\x10\x01\x04\x0a", Answer(b"\x04")),
        (b"\x05\x00\x00\x00\x00\x07\x03\x18\x4f\x84\x50", Answer(b"\x05\x07\x07\x03")),
        (b"\x08\x00\x09\x05\x0a\x00\x00\x00\x00", Answer(b"\x08\x09\x0a\x03", 1)),
        (b"\x0d\x00\x00\x00\x00\x00\x06", Answer(b"\x06\xe6\x08")),
        (b"\x06\x80\x06", Answer(b"\x06\xe6\x08")),
        (b"\x06\x03\x50", Answer(b"\x06\xe6\x08")),
    ],
)
def test_mac_commands(commands: bytes, answer: Answer) -> None:
    """Each command has the length and the answer of the specification; unknown ones end it."""
    assert obey(commands) == answer
