"""An order before the rules: facts, settled answers, ruling."""

from dataclasses import dataclass, replace

from api.deps import Services
from api.orders.request_schemas import OrderIn
from models.asks import Ask
from models.db import facts
from models.db.session import Session
from models.errors import FieldError, InvalidRequest, OrderRefused
from models.facts import Facts, Person
from models.order import Request, Ruling
from policies import eligibility
from policies.answers import resolve_answers, resolve_partial, too_many
from policies.evaluate import rule


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """An order as the rules see it, before anything is written."""

    request: Request
    facts: Facts
    ruling: Ruling


async def evaluate(session: Session, services: Services, person: Person, body: OrderIn) -> Evaluation:
    """Load the facts, settle the answers and rule. Raises OrderRefused with everything that stands against it."""
    request = read_request(services, person, body)
    loaded = await facts.for_request(session, request)
    judged = _ruled(request, replace(loaded, answers=resolve_answers(request, loaded)))
    if not judged.ruling.allowed:
        raise OrderRefused(_why(judged.ruling), errors=judged.ruling.refusals)
    return judged


@dataclass(frozen=True, kw_only=True)
class DraftEvaluation:
    """An order as far as it is filled in: `errors` is all that stands against it, `judged` what it would be.

    None where too little is known for the rules to judge; consent that is still missing keeps them from nothing.
    `strange` are those errors that say the order is about somebody or something the person has no say over.
    """

    facts: Facts
    judged: Evaluation | None
    errors: tuple[FieldError, ...]
    strange: tuple[FieldError, ...] = ()


async def evaluate_draft(session: Session, services: Services, person: Person, body: OrderIn) -> DraftEvaluation:
    """Judge an order that is being filled in, with everything its beneficiary can choose from among the facts."""
    request = read_request(services, person, body)
    loaded = await facts.for_request(session, request, all_products=True)
    answers, errors = resolve_partial(request, loaded)
    known = replace(loaded, answers=answers)
    crowd = too_many(request, known.policy.max_items)
    strange = eligibility.say(known)
    if strange or crowd or any(error.code != "ACK_REQUIRED" for error in errors):
        against = (*errors, *strange, *((crowd,) if crowd else ()))
        return DraftEvaluation(facts=known, judged=None, errors=against, strange=strange)
    judged = _ruled(request, known)
    return DraftEvaluation(facts=judged.facts, judged=judged, errors=(*errors, *judged.ruling.refusals))


def _ruled(request: Request, settled: Facts) -> Evaluation:
    known = replace(settled, type=request.type.resolve(settled.answers[0]))
    return Evaluation(request=request, facts=known, ruling=rule(known))


def read_request(services: Services, person: Person, body: OrderIn) -> Request:
    """The body as a request. Raises InvalidRequest for a type that does not exist."""
    if body.type not in services.catalog:
        known = ", ".join(sorted(services.catalog))
        raise InvalidRequest(f"There is no order type {body.type}. There are {known}.", field="type")
    return Request(
        tenant=person.tenant,
        type=services.catalog[body.type],
        requester_id=person.id,
        beneficiary_id=body.beneficiary_id,
        answers=body.answers,
        items=tuple(body.items),
        account_id=body.account_id,
        effective_on=body.effective_on,
        urgency=body.urgency,
        cost_center_one_time=body.cost_center_one_time,
        cost_center_recurring=body.cost_center_recurring,
    )


def carrier_of(known: Facts) -> str | None:
    """The carrier all items go to: their line's, or their plan's; None where no carrier takes part."""
    if known.type.carrier_action is None:
        return None
    if known.type.about_lines:
        return known.named_lines[0].carrier
    plan = known.products.get(str(known.answers[0].get(Ask.PLAN)))
    return plan.carrier if plan is not None else None


def _why(ruling: Ruling) -> str:
    if len(ruling.refusals) == 1:
        return ruling.refusals[0].detail
    return f"{len(ruling.refusals)} things stand against this order."
