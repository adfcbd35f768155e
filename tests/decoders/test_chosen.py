"""A person may have a frame read by a codec of their choice."""

from dataclasses import replace

from decoders import registry
from decoders.chosen import Chosen
from decoders.events import parse
from decoders.model import Uplink
from tests.fixtures.uplinks import message, temperature


def test_chosen_codec_reads_what_its_device_is_not_bound_to() -> None:
    """Tag and profile say something else, or nothing: the chosen codec reads the frame."""
    sent = message(1)
    uplink = parse(sent.topic, sent.payload)
    assert isinstance(uplink, Uplink)
    unbound = replace(uplink, device_profile="nobody knows", tags={"decoder": "bosch-tps110"})
    decoded = Chosen(registry.codec("milesight-em300-th")).decode(unbound)
    assert decoded.error is None
    assert decoded.codec == "milesight-em300-th/em300-th"
    assert temperature(1) in {seen.result for seen in decoded.observations}
