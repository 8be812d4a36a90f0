"""Has the system end the children of a process that was killed and could end nothing itself."""

import ctypes
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def dying_with_us(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """What a child has to call before it runs its program (`preexec_fn`); only Linux can do it."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, stop_signal)
