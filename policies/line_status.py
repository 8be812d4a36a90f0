"""Checks of a line's status: which statuses pass, and what the error says."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from models.errors import FieldError
from models.facts import Facts
from models.inventory import LineStatus
from models.questions.line import LINE
from policies.check import Check, item_error
from policies.line_access import lines_to_judge

_STATUS_WORDS: Mapping[str, str] = MappingProxyType(
    {
        LineStatus.PENDING: "being set up",
        LineStatus.PORTING_IN: "moving in",
        LineStatus.PORTING_OUT: "moving out",
        LineStatus.TERMINATED: "closed",
        LineStatus.VOID: "not in service",
    }
)


def describe_status(status: LineStatus) -> str:
    return f"This line is {_STATUS_WORDS.get(status, status)}."


def status_check(code: str, error: str, *statuses: LineStatus, names_unknown: bool = True) -> Check:
    """A check that every line of the order has one of these statuses, and exists if `names_unknown`."""

    def judge(facts: Facts) -> Iterator[FieldError]:
        for item, answers in enumerate(facts.answers):
            if names_unknown and facts.line(item) is None:
                name = str(LINE.of(answers))[:26]
                yield item_error(item, LINE, error, f'No line matches "{name}".')
        for item, named in lines_to_judge(facts):
            if named.line.status not in statuses:
                yield item_error(item, LINE, error, describe_status(named.line.status))

    return Check(code=code, errors=(error,), judge=judge, line_statuses=frozenset(statuses))
