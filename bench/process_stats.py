from collections.abc import Collection

import psutil


def cpu_seconds(pid: int, *, exclude: Collection[int] = ()) -> float:
    """CPU time of a process and its descendants so far, including children that have ended."""
    parent = psutil.Process(pid)
    return sum(
        float(times.user + times.system + times.children_user + times.children_system)
        for process in (parent, *parent.children(recursive=True))
        if process.pid not in exclude
        for times in [process.cpu_times()]
    )


def memory_mib(pid: int) -> float:
    """The memory of a process and its descendants that is in RAM."""
    parent = psutil.Process(pid)
    return float(sum(process.memory_info().rss for process in (parent, *parent.children(recursive=True))) / 2**20)
