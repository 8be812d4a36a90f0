from models.facts import Facts
from models.flags import sim
from models.identifiers import has_valid_check_digit
from models.order import Quote
from models.questions.sim import ICCID
from policies.flag_rule import FlagRule


def _check_digit(facts: Facts, _: Quote) -> bool:
    return any(iccid and not has_valid_check_digit(iccid) for iccid in map(ICCID.of, facts.answers))


SIM_CHECK_DIGIT = FlagRule(flag=sim.SIM_CHECK_DIGIT, applies=_check_digit)
