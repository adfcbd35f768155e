"""What the service's processes end with."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a process of the service ends."""

    DONE = 0
    WRONG_SCHEMA = 1
    """The database is not laid out as this program needs it: a person must act"""
    FEED_DEAD = 3
    """The MQTT network thread died: a supervisor should start us again"""
    LOOP_DEAD = 4
    """A loop on stored data died: the same"""
    STALLED = 5
    """The main loop stood still: the same"""
    REPLACED = 6
    """Another process serves the session by now: started again, we stand by for it"""
