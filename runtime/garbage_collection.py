"""Settings of Python's cyclic garbage collector for processes that run for long."""

import gc

# Allocated objects more than freed ones before the youngest are searched for cycles, and how many such searches come
# before one of the older generations. Python's own are 700, 10, 10: for the objects of an ordinary request, a search
# every few statements.
_THRESHOLDS = (50_000, 20, 50)


def skip_loaded() -> None:
    """Call it once all is loaded: modules and models live as long as the process, so no search visits them again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
