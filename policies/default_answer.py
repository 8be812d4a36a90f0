"""Default answers: what an order gets where the person gives no answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.facts import Facts
from models.inventory import Line
from models.questions.line import LINE


@dataclass(frozen=True, kw_only=True)
class DefaultAnswer:
    """The default answer of the question `code`; `compute` gets the item's answers so far, and may return None.

    Orders whose answers so far `needed` refuses do without an answer.

    `replaceable` is the part of an answer with several parts that can be given alone; the default has the others.

    `of_line` gives it for a line that no order is about yet, if it follows from the line alone.
    """

    code: str
    compute: Callable[[Facts, Mapping[str, Any]], Any]
    replaceable: str = ""
    needed: Callable[[Mapping[str, Any]], bool] = lambda _: True
    of_line: Callable[[Line], Any] | None = None


def from_line(code: str, of_line: Callable[[Line], Any]) -> DefaultAnswer:
    """A default that follows from the line that the item is about, and from nothing else."""

    def compute(facts: Facts, answers: Mapping[str, Any]) -> Any:
        named = facts.lines.get(LINE.of(answers) or "")
        return of_line(named.line) if named else None

    return DefaultAnswer(code=code, compute=compute, of_line=of_line)
