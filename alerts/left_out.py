"""Why a reading counts in no mean and no alert, in words."""

from collections.abc import Sequence

from alerts.quality import FAIL, MISSING

_WORDS = (
    "it is far from the values before and after it",
    "it changed faster than what is measured can",
    "the value has stood still for too long",
)


def why(quality: int, flags: Sequence[int | None]) -> str:
    """Say why a reading does not count; empty when it does.

    Args:
        quality: what the value says of itself.
        flags: what its neighbours say: spike, rate of change and flat line; None: nothing.
    """
    said = [words for flag, words in zip(flags, _WORDS, strict=True) if flag == FAIL]
    if quality == MISSING:
        said.insert(0, "it is no number")
    elif quality == FAIL:
        said.insert(0, "it is outside what such a sensor reports, or its time cannot be right")
    return "; ".join(said)
