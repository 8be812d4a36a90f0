"""Stops child processes when this process dies, even if it is killed."""

import ctypes
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def stop_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """The `preexec_fn` of a child that gets the signal when this process dies; None where the system is not Linux."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, stop_signal)
