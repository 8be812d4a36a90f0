from models.facts import Facts
from models.flags import term_total
from models.formatting import money
from models.order import Quote
from policies.flag_rule import FlagRule


def _over_threshold(facts: Facts, quote: Quote) -> bool:
    return quote.term_total >= facts.policy.threshold


def _why_budget(facts: Facts, quote: Quote) -> str:
    policy = facts.policy
    return (
        f"The order costs {money(quote.term_total, quote.currency)} over {quote.term_months} months. "
        f"The budget owner approves orders of {money(policy.threshold, policy.currency)} or more."
    )


OVER_THRESHOLD = FlagRule(flag=term_total.OVER_THRESHOLD, applies=_over_threshold, why_budget=_why_budget)
