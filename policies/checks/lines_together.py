from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts, NamedLine
from models.questions.line import LINE
from policies.access import acts_for_account
from policies.check import Check, item_error


def _lines_together(facts: Facts) -> Iterator[FieldError]:
    seen: set[str] = set()
    carrier = next((named.line.carrier for _, named in facts.lines_by_item()), None)
    for item, named in facts.lines_by_item():
        line = named.line
        if line.id in seen:
            yield item_error(item, LINE, "DUPLICATE_LINE", "This line is already in the order.")
        elif line.account_id != facts.account.id and not _charged_above(facts, named):
            detail = "This line belongs to another account. Create a separate order for it."
            yield item_error(item, LINE, "LINE_OF_OTHER_ACCOUNT", detail)
        elif facts.type.with_carrier and line.carrier != carrier:
            detail = "All lines in one order must be with the same carrier."
            yield item_error(item, LINE, "LINE_OF_OTHER_CARRIER", detail)
        seen.add(line.id)


def _charged_above(facts: Facts, named: NamedLine) -> bool:
    """Whether the order is charged to an account above the line's, by someone who acts for that account."""
    return facts.account.id in named.lineage and acts_for_account(facts.requester, facts)


LINES_TOGETHER = Check(
    code="lines_together",
    errors=("DUPLICATE_LINE", "LINE_OF_OTHER_ACCOUNT", "LINE_OF_OTHER_CARRIER"),
    judge=_lines_together,
)
