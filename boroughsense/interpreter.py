"""What kind of process this is, told to Python."""

import gc
import sys


def settle() -> None:
    """Tell Python what kind of process it is: long-lived, of many short-lived objects, two threads.

    What is there now stays; messages and judgements leave no cycles, so they are seldom looked for;
    and a thread that the database has answered waits for the other one no longer than half a
    millisecond.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    sys.setswitchinterval(0.0005)
