"""Why a message was refused: every reason has a name, and the names are what people filter by.

    Refused                     any message that does not become readings
    ├── EventError              the network server's envelope
    │   ├── NotAnEvent          neither JSON nor protobuf of an event we know
    │   ├── MissingField        a field that no event can be without
    │   ├── BadField            a field with an impossible value
    │   └── UnknownEvent        an event type or a topic we do not speak
    └── DecodeError             the device's payload
        ├── UnknownDevice       no codec is bound to the device
        ├── UnexpectedPort      the device does not speak on this port
        ├── UnsupportedVersion  a protocol version the codec does not know
        ├── Truncated           the frame ends in the middle of a field
        ├── BadLength           a frame of fixed length has another one
        ├── UnknownChannel      the first item is of an unknown kind: nothing can be read
        ├── BadValue            a field has a value that its layout forbids
        ├── Encrypted           end-to-end encryption: the payload is ciphertext
        ├── CodecFailed         a vendor's codec threw, told of errors, or gave no readings
        ├── CodecTimeout        a vendor's codec ran for longer than it may
        ├── CodecMemory         a vendor's codec wanted more memory than it may have
        └── NoObject            a mapping of the network server's object, and there is none

The class's `reason` goes to quarantine and to `decode --json`; the message is the detail.
"""

from typing import ClassVar


class Refused(Exception):
    """The message does not become readings."""

    reason: ClassVar[str] = "refused"

    @property
    def detail(self) -> str:
        """One sentence for the engineer who reads the quarantine."""
        return str(self) or (self.__doc__ or "")


class EventError(Refused):
    """The network server's envelope cannot be read."""

    reason = "bad_event"


class NotAnEvent(EventError):
    """The message is neither JSON nor protobuf of a known event."""

    reason = "not_an_event"


class MissingField(EventError):
    """A field that no event can be without is missing."""

    reason = "missing_field"


class BadField(EventError):
    """A field of the event has an impossible value."""

    reason = "bad_field"


class UnknownEvent(EventError):
    """The event type, or the topic, is not one we speak."""

    reason = "unknown_event"


class DecodeError(Refused):
    """The device's payload cannot be decoded."""

    reason = "not_decoded"


class UnknownDevice(DecodeError):
    """No codec is bound to the device."""

    reason = "unknown_device"


class UnexpectedPort(DecodeError):
    """The device does not speak on this port."""

    reason = "unexpected_port"


class UnsupportedVersion(DecodeError):
    """The frame's protocol version is not one the codec knows."""

    reason = "unsupported_version"


class Truncated(DecodeError):
    """The frame ends in the middle of a field."""

    reason = "truncated"


class BadLength(DecodeError):
    """The frame has a length that its kind cannot have."""

    reason = "bad_length"


class UnknownChannel(DecodeError):
    """The frame begins with an item of an unknown kind."""

    reason = "unknown_channel"


class BadValue(DecodeError):
    """A field has a value that its layout forbids."""

    reason = "bad_value"


class Encrypted(DecodeError):
    """The payload is end-to-end encrypted: only the application server's key opens it."""

    reason = "encrypted"


class CodecFailed(DecodeError):
    """The vendor's codec threw, told of errors, or gave no readings."""

    reason = "codec_error"


class CodecTimeout(DecodeError):
    """The vendor's codec ran for longer than it may."""

    reason = "codec_timeout"


class CodecMemory(DecodeError):
    """The vendor's codec wanted more memory than it may have."""

    reason = "codec_memory"


class NoObject(DecodeError):
    """The network server decoded nothing, and the mapping reads its object."""

    reason = "no_object"
