"""An order before the rules: facts, settled answers, ruling."""

from dataclasses import dataclass, replace

from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Services
from api.orders.requests import OrderIn
from models.asks import Ask
from models.db import facts
from models.errors import InvalidRequest, OrderRefused
from models.facts import Facts, Person
from models.order import Request, Ruling
from policies.answers import settle
from policies.ruling import rule


@dataclass(frozen=True, kw_only=True)
class Judged:
    """An order as the rules see it, before anything is written."""

    request: Request
    facts: Facts
    ruling: Ruling


async def judge(session: AsyncSession, services: Services, person: Person, body: OrderIn) -> Judged:
    """Load the facts, settle the answers and rule. Raises OrderRefused with everything that stands against it."""
    request = read_request(services, person, body)
    loaded = await facts.for_request(session, request)
    settled = replace(loaded, answers=settle(request, loaded))
    settled = replace(settled, type=request.type.resolve(settled.answers[0]))
    ruling = rule(settled)
    if not ruling.allowed:
        raise OrderRefused(_why(ruling), errors=ruling.refusals)
    return Judged(request=request, facts=settled, ruling=ruling)


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
        cost_centre_one_time=body.cost_centre_one_time,
        cost_centre_recurring=body.cost_centre_recurring,
    )


def carrier_of(known: Facts) -> str | None:
    """The carrier all items go to: their line's, or their plan's; None where no carrier takes part."""
    if known.type.vendor_action is None:
        return None
    if known.type.about_lines:
        return known.named_lines[0].carrier
    plan = known.products.get(str(known.answers[0].get(Ask.PLAN)))
    return plan.carrier if plan is not None else None


def _why(ruling: Ruling) -> str:
    if len(ruling.refusals) == 1:
        return ruling.refusals[0].detail
    return f"{len(ruling.refusals)} things stand against this order."
