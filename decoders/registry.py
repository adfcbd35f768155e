"""Which codec reads which device's payload.

A payload does not tell what sent it, so a device is bound to its codec by its profile at the
network server, never by looking at the bytes:

    the tag `decoder`          of the device or its profile: a model, such as `elsys-ers`
    the profile's name         when it is a model's name or title: `Elsys ERS, EMS and ELT`
    the settings               a table from profile name to model

The first that there is decides. The tag `sample_spacing`, in seconds, tells how far apart the
samples of a frame are, for the few devices whose frames do not (Adeunis).

`NATIVE` holds the codecs of `decoders.devices`; a `Registry` with
more (vendors' own, those declared in the settings) is made of `NATIVE.models()` and the others.
"""

import pkgutil
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType

from decoders import devices
from decoders.codec import NOTHING, Codec, Device
from decoders.errors import Encrypted, UnknownDevice
from decoders.mapping import ObjectCodec
from decoders.model import DecodedUplink, Reading, Uplink

TAG = "decoder"
"""The tag of a device or its profile that names the model"""

SPACING_TAG = "sample_spacing"
"""The tag of a device or its profile that tells the seconds from one sample to the next"""

NO_BINDINGS: Mapping[str, str] = MappingProxyType({})

_SECONDS = re.compile("[1-9][0-9]{0,5}")


class Registry:
    """Codecs by the name of their model."""

    def __init__(self, codecs: Iterable[Codec]) -> None:
        """Index the codecs.

        Raises:
            ValueError: two codecs have the same model.
        """
        self._models: dict[str, Codec] = {}
        self._names: dict[str, Codec] = {}
        """By model, family and title, in lower case"""
        for codec in codecs:
            if codec.model in self._models:
                raise ValueError(f"there are two codecs for {codec.model}")
            self._models[codec.model] = codec
            for name in (codec.model, codec.model.split("/")[0], codec.title):
                self._names.setdefault(name.lower(), codec)

    def models(self) -> tuple[Codec, ...]:
        """Give every codec, the variants of a family one after the other."""
        return tuple(self._models.values())

    def codec(self, model: str) -> Codec:
        """Give the codec of a model; a family alone means its first variant.

        Raises:
            UnknownDevice: there is none; the detail names a model that is written alike.
        """
        codec = self._models.get(model) or self._names.get(model.strip().lower())
        if codec is None:
            raise UnknownDevice(f"{model!r} is not a model we know{self._suggestion(model)}")
        return codec

    def bind(self, uplink: Uplink, bindings: Mapping[str, str] = NO_BINDINGS) -> Codec:
        """Give the codec of the device that sent an uplink; `bindings` is profile name to model.

        Raises:
            UnknownDevice: nothing names a model, or what is named is not one.
        """
        codec = self._bound(uplink, bindings)
        spacing = uplink.tags.get(SPACING_TAG, "")
        if isinstance(codec, Device) and _SECONDS.fullmatch(spacing):
            return codec.spaced(timedelta(seconds=int(spacing)))
        return codec

    def _bound(self, uplink: Uplink, bindings: Mapping[str, str]) -> Codec:
        named = uplink.tags.get(TAG)
        if named:
            return self.codec(named)
        codec = self._names.get(uplink.device_profile.strip().lower())
        if codec is not None:
            return codec
        bound = bindings.get(uplink.device_profile)
        if bound:
            return self.codec(bound)
        raise UnknownDevice(
            f"device profile {uplink.device_profile!r} is not bound to a model: give it the tag "
            f"{TAG!r}, or bind it in the settings{self._suggestion(uplink.device_profile)}"
        )

    def decode(self, uplink: Uplink, bindings: Mapping[str, str] = NO_BINDINGS) -> DecodedUplink:
        """Read an uplink's payload; a refusal is the answer's `error`, nothing is raised."""
        try:
            codec = self.bind(uplink, bindings)
        except UnknownDevice as error:
            unread = NOTHING if _is_empty(uplink) else Reading(error=error)
            return _decoded(uplink, unread)
        if _is_empty(uplink):
            reading = NOTHING
        elif uplink.encrypted:
            reading = Reading(error=Encrypted())
        elif isinstance(codec, ObjectCodec):
            reading = codec.read(uplink)
        else:
            reading = codec.decode(uplink.payload, uplink.f_port, received_at=uplink.result_time)
        return _decoded(uplink, reading, codec.model, codec.version)

    def _suggestion(self, model: str) -> str:
        near = get_close_matches(model.lower(), self._names, n=1)
        return f"; did you mean {self._names[near[0]].model}?" if near else ""


def _is_empty(uplink: Uplink) -> bool:
    """Say whether a frame carries nothing of the device's: only what the network itself needs."""
    return not uplink.payload or uplink.f_port == 0


def _decoded(uplink: Uplink, reading: Reading, model: str = "", version: str = "") -> DecodedUplink:
    return DecodedUplink(
        uplink, reading.observations, reading.warnings, reading.error, model, version
    )


def _native() -> Iterable[Codec]:
    """Give the `CODECS` of every module of `decoders.devices` that has some."""
    for module in pkgutil.iter_modules(devices.__path__):
        yield from getattr(import_module(f"{devices.__name__}.{module.name}"), "CODECS", ())


NATIVE = Registry(_native())
"""The codecs of `decoders.devices`"""


def models() -> tuple[Codec, ...]:
    """Give every native codec."""
    return NATIVE.models()


def codec(model: str) -> Codec:
    """Give the native codec of a model; a family alone means its first variant.

    Raises:
        UnknownDevice: there is none.
    """
    return NATIVE.codec(model)


def bind(uplink: Uplink, bindings: Mapping[str, str] = NO_BINDINGS) -> Codec:
    """Give the native codec of the device that sent an uplink.

    Raises:
        UnknownDevice: nothing names a model, or what is named is not one.
    """
    return NATIVE.bind(uplink, bindings)


def decode(uplink: Uplink, bindings: Mapping[str, str] = NO_BINDINGS) -> DecodedUplink:
    """Read an uplink's payload by a native codec; a refusal is `error`, nothing is raised."""
    return NATIVE.decode(uplink, bindings)
