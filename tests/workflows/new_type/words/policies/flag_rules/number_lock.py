from models.facts import Facts
from models.flags.number_lock import WEAK_LOCK as FLAG
from models.order import Quote
from models.questions.number_lock import LOCK_LEVEL
from policies.flag_rule import FlagRule


def _weak(facts: Facts, _: Quote) -> bool:
    return any(LOCK_LEVEL.of(answers) == "standard" for answers in facts.answers)


WEAK_LOCK = FlagRule(flag=FLAG, applies=_weak)
