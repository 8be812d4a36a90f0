"""The SIM that is to replace the one on a line."""

from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from models.inventory import Line
from models.optional_facts.sims import SIMS_IN_USE
from models.questions.line import LINE
from models.questions.sim import ICCID
from policies.check import Check, item_error


def _sim_free(facts: Facts) -> Iterator[FieldError]:
    """Each SIM goes to one line, and is neither in service nor in another open order."""
    in_use, seen = SIMS_IN_USE.of(facts), set[str]()
    for item, answers in enumerate(facts.answers):
        iccid = ICCID.of(answers)
        if iccid is None:
            continue
        if iccid in in_use:
            same = (named := facts.line(item)) is not None and in_use[iccid] == named.line.id
            where = "on this line already" if same else "in use or on order for another line"
            yield item_error(item, ICCID, "SIM_IN_USE", f"This SIM is {where}. Use a new one.")
        elif iccid in seen:
            yield item_error(item, ICCID, "SIM_IN_USE", "This SIM is already in the order. Use one for each line.")
        seen.add(iccid)


def _sim_of_carrier(facts: Facts) -> Iterator[FieldError]:
    for item, named in facts.lines_by_item():
        iccid, issuers = ICCID.of(facts.answers[item]), facts.policy.sim_issuers.get(named.line.carrier, ())
        if iccid and issuers and not iccid.startswith(issuers):
            detail = "This SIM is from another carrier. Use a SIM of the line's carrier."
            yield item_error(item, ICCID, "SIM_OF_OTHER_CARRIER", detail)


def _protected(line: Line) -> str | None:
    if not line.sim_protected:
        return None
    return "The carrier protects the SIM of this line. Ask an account owner to lift the protection there first."


def _sim_unprotected(facts: Facts) -> Iterator[FieldError]:
    for item, named in facts.lines_by_item():
        why_not = _protected(named.line)
        if why_not:
            yield item_error(item, LINE, "SIM_PROTECTED", why_not)


SIM_FREE = Check(code="sim_free", errors=("SIM_IN_USE",), judge=_sim_free, needs=(SIMS_IN_USE,))
SIM_OF_CARRIER = Check(code="sim_of_carrier", errors=("SIM_OF_OTHER_CARRIER",), judge=_sim_of_carrier)
SIM_UNPROTECTED = Check(
    code="sim_unprotected",
    errors=("SIM_PROTECTED",),
    judge=_sim_unprotected,
    refuses=lambda found: _protected(found.line),
)
