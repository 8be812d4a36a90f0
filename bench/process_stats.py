"""What processes take: processor time and memory, children included."""

from collections.abc import Collection, Iterator

import psutil


def cpu_seconds(pid: int, *, but: Collection[int] = ()) -> float:
    """Processor time of a process and everything below it, children that have ended included."""
    return sum(
        float(times.user + times.system + times.children_user + times.children_system)
        for process in _family(pid)
        if process.pid not in but
        for times in [process.cpu_times()]
    )


def megabytes(pid: int) -> float:
    """Memory of a process and everything below it, what they share counted once."""
    return float(sum(process.memory_full_info().pss for process in _family(pid))) / 1024**2


def _family(pid: int) -> Iterator[psutil.Process]:
    parent = psutil.Process(pid)
    yield parent
    yield from parent.children(recursive=True)
