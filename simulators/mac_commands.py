"""What a device answers to its network's MAC commands: yes to everything (LoRaWAN 1.0.3, 5)."""

from collections.abc import Mapping
from dataclasses import dataclass

_RX_TIMING = 0x08
_STATUS = 0x06


@dataclass(frozen=True, slots=True)
class _Command:
    """A command of the server: how long it is behind its first byte, and what a device says."""

    length: int
    answer: bytes = b""


_COMMANDS: Mapping[int, _Command] = {
    0x02: _Command(2),  # LinkCheckAns
    0x03: _Command(4, b"\x03\x07"),  # LinkADRReq
    0x04: _Command(1, b"\x04"),  # DutyCycleReq
    0x05: _Command(4, b"\x05\x07"),  # RXParamSetupReq
    _STATUS: _Command(0, b"\x06\xe6\x08"),  # DevStatusReq: 90 % of the battery, 8 dB
    0x07: _Command(5, b"\x07\x03"),  # NewChannelReq
    _RX_TIMING: _Command(1, b"\x08"),  # RXTimingSetupReq
    0x09: _Command(1, b"\x09"),  # TxParamSetupReq
    0x0A: _Command(4, b"\x0a\x03"),  # DlChannelReq
    0x0D: _Command(5),  # DeviceTimeAns
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a server's commands."""

    options: bytes = b""
    """The device's answers, one behind the other"""
    rx_delay: int | None = None
    """seconds to the first receive window, when the server has changed it"""


def obey(commands: bytes) -> Answer:
    """Answer commands up to the first that is unknown or cut off: its length is unknown too."""
    options, rx_delay = b"", None
    while commands and (known := _COMMANDS.get(commands[0])):
        said, rest = commands[: 1 + known.length], commands[1 + known.length :]
        if len(said) <= known.length:
            break
        options += known.answer
        if said[0] == _RX_TIMING:
            rx_delay = said[1] & 0x0F or 1
        commands = rest
    return Answer(options, rx_delay)
