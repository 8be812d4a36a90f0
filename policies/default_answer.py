"""Default answers: what an order gets where the person gives no answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.facts import Facts


@dataclass(frozen=True, kw_only=True)
class DefaultAnswer:
    """The default answer of the question `code`; `compute` gets the item's answers so far, and may return None.

    Orders whose answers so far `needed` refuses do without an answer.

    `replaceable` is the part of an answer with several parts that can be given alone; the default has the others.
    """

    code: str
    compute: Callable[[Facts, Mapping[str, Any]], Any]
    replaceable: str = ""
    needed: Callable[[Mapping[str, Any]], bool] = lambda _: True
