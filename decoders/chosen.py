"""One codec that a person chose for a frame, whatever its device is bound to."""

from collections.abc import Mapping

from decoders.codec import Codec
from decoders.model import Uplink
from decoders.registry import NO_BINDINGS, Registry


class Chosen(Registry):
    """Reads every uplink by one codec."""

    def __init__(self, codec: Codec) -> None:
        super().__init__([codec])
        self._chosen = codec

    def _bound(
        self,
        uplink: Uplink,  # noqa: ARG002 - that is the point
        bindings: Mapping[str, str] = NO_BINDINGS,  # noqa: ARG002
    ) -> Codec:
        return self._chosen
