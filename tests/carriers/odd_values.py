"""What a carrier's document can have in place of a value."""

import copy
from typing import Any

ODD = [None, [], ["x"], {}, {"a": [1]}, 7, 1.5, True, "x" * 5000, "\ud800", "a\0b", ""]


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed
