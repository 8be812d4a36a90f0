from models.facts import Facts
from models.flags import term_total
from models.formatting import money, total_charge
from models.order import Quote
from policies.flag_rule import FlagRule


def _over_threshold(facts: Facts, quote: Quote) -> bool:
    return quote.term_total >= facts.policy.threshold


def _why_budget(facts: Facts, quote: Quote) -> str:
    policy = facts.policy
    return f"{_cost(quote)} The budget owner approves orders of {money(policy.threshold, policy.currency)} or more."


def _cost(quote: Quote) -> str:
    """`The order costs $1,200.00 over 24 months.`, or for a change what it adds or saves per month, and in total."""
    total = total_charge(quote.term_total, quote.monthly_before, quote.currency)
    if not quote.monthly_before:
        return f"The order costs {total} over {quote.term_months} months."
    parts = [f"costs {money(quote.one_time, quote.currency)} one-time"] if quote.one_time else []
    if quote.monthly_change:
        verb = "adds" if quote.monthly_change > 0 else "saves"
        parts.append(f"{verb} {money(abs(quote.monthly_change), quote.currency)} per month")
    if not parts:
        return "The order adds no cost."
    return f"The order {' and '.join(parts)}: {total} over {quote.term_months} months."


OVER_THRESHOLD = FlagRule(flag=term_total.OVER_THRESHOLD, applies=_over_threshold, why_budget=_why_budget)
