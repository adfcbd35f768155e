"""The pipeline for the pages of quarantine, which may not import it."""

from collections.abc import Callable
from dataclasses import replace

from decoders.chosen import Chosen
from ingest.pipeline import Policy, read
from storage.model import Arrival, Record


def retrying(policy: Policy) -> Callable[[Arrival, str], Record]:
    """Give the function that takes a refused message through the pipeline once more.

    Its second argument is the model of the codec that is to read the message; empty, the one that
    its device is bound to. An unknown model raises `decoders.errors.UnknownDevice`.
    """

    def retry(arrival: Arrival, model: str) -> Record:
        if not model:
            return read(arrival, policy)
        return read(arrival, replace(policy, codecs=Chosen(policy.codecs.codec(model))))

    return retry
