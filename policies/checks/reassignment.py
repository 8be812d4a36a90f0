from collections.abc import Iterator, Mapping
from types import MappingProxyType

from models.errors import FieldError
from models.facts import Facts
from models.holder import NOBODY, HolderKind
from models.questions.line import LINE
from models.questions.reassignment import ASSIGN_TO, FEATURES_END, SPARE_DEVICE
from policies.check import Check, item_error
from policies.line_access import lines_to_judge

_UNCLEAR: Mapping[HolderKind, str] = MappingProxyType(
    {
        HolderKind.PERSON: "Name the person who gets the line, and no site.",
        HolderKind.SITE: "Name the site that gets the line, and no person.",
        HolderKind.NOBODY: "Leave out the person and the site, as no one gets the line.",
    }
)


def _new_holder(facts: Facts) -> Iterator[FieldError]:
    to = facts.beneficiary.holder
    chosen = ASSIGN_TO.of(facts.answers[0]) if facts.answers else None
    if chosen not in {None, to.kind}:
        yield FieldError(code="HOLDER_UNCLEAR", field=f"answers.{ASSIGN_TO.code}", detail=_UNCLEAR[HolderKind(chosen)])
    for item, named in facts.lines_by_item():
        if named.line.holder == to:
            whose = "already spare" if to == NOBODY else f"already assigned to {facts.beneficiary.name}"
            yield item_error(item, LINE, "ALREADY_HOLDER", f"This line is {whose}.")


def _spare_line_settled(facts: Facts) -> Iterator[FieldError]:
    """Check that something happens to the device of a line that nobody gets, and that the lines end alike."""
    for item, named in lines_to_judge(facts) if facts.beneficiary.holder == NOBODY else ():
        answers = facts.answers[item]
        if named.device is not None and SPARE_DEVICE.of(answers) is None:
            yield item_error(item, SPARE_DEVICE, "ANSWER_REQUIRED", "Choose what happens to the device.")
        if FEATURES_END.of(answers) != FEATURES_END.of(facts.answers[0]):
            detail = "Only some of these lines have paid features that the carrier removes. Order this line separately."
            yield item_error(item, LINE, "FEATURES_SEPARATELY", detail)


NEW_HOLDER = Check(code="new_holder", errors=("HOLDER_UNCLEAR", "ALREADY_HOLDER"), judge=_new_holder)
SPARE_LINE_SETTLED = Check(
    code="spare_line_settled",
    errors=("ANSWER_REQUIRED", "FEATURES_SEPARATELY"),
    judge=_spare_line_settled,
    asks_more=True,
)
