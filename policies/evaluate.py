"""Evaluates an order: whether the rules allow it, its flags, its price and its approval plan."""

from models.approval_plan import Stage
from models.errors import FieldError
from models.facts import Facts
from models.optional_facts.carrier_quotes import quotes_of
from models.order import Changes, Ruling
from policies import approval, eligibility
from policies.deadlines import opens_at
from policies.flag_rule import raised
from policies.pricing import exceeds, quote
from policies.start_date import moved_start


def evaluate_order(facts: Facts) -> Ruling:
    """Evaluate an order whose answers are resolved. `decided_by` names the policy where no person decides."""
    return _ruling(facts, eligibility.check(facts))


def evaluate_again(facts: Facts) -> Ruling:
    """Evaluate a submitted order on the facts of today, by the checks whose result can change."""
    return _ruling(facts, eligibility.changed(facts))


def changes(facts: Facts, approved: Ruling) -> Changes:
    """What is different today for an order that was submitted with this ruling."""
    refusals, price = eligibility.changed(facts), quote(facts)
    moved = moved_start(facts)
    starts_at = opens_at(facts.policy, moved) if moved else None
    if not exceeds(price, approved.quote, by=facts.policy.price_tolerance):
        return Changes(refusals=refusals, starts_at=starts_at)
    # The order has to be approved again, which takes someone who can.
    return Changes(refusals=refusals or evaluate_again(facts).errors, price=price, starts_at=starts_at)


def _ruling(facts: Facts, violations: tuple[FieldError, ...]) -> Ruling:
    price = quote(facts)
    flags = raised(facts, price)
    plan = approval.plan(facts, price, flags)
    errors = violations or _without_approver(plan)
    return Ruling(
        errors=errors,
        tied=tuple(sorted(facts.tied)),
        flags=tuple(rule.code for rule in flags),
        quote=price,
        plan=() if errors else plan,
        policy_version=facts.policy.version,
        effective_days_ahead=facts.policy.effective_days_ahead,
        carrier_quotes=quotes_of(facts),
        decided_by=_decided_by(facts.policy.version, errors, None if plan else approval.why_none(facts, price, flags)),
    )


def _without_approver(plan: tuple[Stage, ...]) -> tuple[FieldError, ...]:
    return tuple(
        FieldError(
            code="NO_APPROVER",
            field=None,
            detail=f"No one can approve this order ({stage.label}). {stage.why} "
            "Ask an admin to add an approver who isn't the requester, the recipient or a user of the line.",
        )
        for stage in plan
        if not stage.approvers
    )


def _decided_by(version: int, errors: tuple[FieldError, ...], why_no_approval: str | None) -> str | None:
    if errors:
        return f"policy v{version}: {', '.join(dict.fromkeys(error.code for error in errors))}"
    return f"policy v{version}: {why_no_approval}" if why_no_approval else None
