"""The ruling on an order: allowed or not and why, its price, who approves."""

from models.errors import FieldError
from models.facts import Facts
from models.order import Ruling, Stage
from policies import approval, eligibility
from policies.flags import flags
from policies.pricing import quote


def rule(facts: Facts) -> Ruling:
    """Judge an order whose answers are settled. A rule that decides alone is named in `decided_by`."""
    price = quote(facts)
    raised = flags(facts, price)
    plan = approval.plan(facts, price, raised)
    refusals = eligibility.check(facts) or _nobody_to_ask(plan)
    return Ruling(
        refusals=refusals,
        flags=tuple(flag.value for flag in raised),
        quote=price,
        plan=() if refusals else plan,
        policy_version=facts.policy.version,
        decided_by=_decided_by(facts.policy.version, refusals, plan),
    )


def _nobody_to_ask(plan: tuple[Stage, ...]) -> tuple[FieldError, ...]:
    return tuple(
        FieldError(
            code="NO_APPROVER",
            field=None,
            detail=f"Nobody is left who may decide ({stage.label}): {stage.why} "
            "Ask for an admin who neither places nor receives the order.",
        )
        for stage in plan
        if not stage.approvers
    )


def _decided_by(version: int, refusals: tuple[FieldError, ...], plan: tuple[Stage, ...]) -> str | None:
    if refusals:
        return f"policy v{version}: {', '.join(dict.fromkeys(refusal.code for refusal in refusals))}"
    return None if plan else f"policy v{version}: no approval needed"
