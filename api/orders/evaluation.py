"""Evaluates an order before anything is written: facts, answers, ruling."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from api.deps import Services
from api.orders.schemas import OrderIn
from models import questions
from models.db.facts.base import for_request
from models.db.orders import order_rows
from models.db.orders.order_rows import OrderFound
from models.db.people import directory
from models.db.session import Session
from models.db.sites import sites
from models.db.visibility import InventoryViewer
from models.errors import FieldError, InvalidRequest, NotFound, OrderRejected
from models.facts import Facts, Person, Relation
from models.holder import NOBODY, Holder, HolderKind
from models.order import NewOrderRequest
from models.order_type import OrderType
from models.question import Answerer, Asked, Question
from models.questions.reassignment import ASSIGN_TO
from outbox.new_orders import Evaluation, rule
from policies import eligibility
from policies.access import GRANTS, Right, is_allowed
from policies.answers import is_needed, item_limit_error, resolve_answers, resolve_partial
from policies.attestations import asked_of_others, asked_of_requester
from policies.next_orders import alternative


async def evaluate(session: Session, services: Services, person: Person, body: OrderIn) -> Evaluation:
    """Raises OrderRejected with every reason the order isn't allowed."""
    parent = await visible_order(session, person, body.parent) if body.parent else None
    request = order_request(services, person, body)
    if ASSIGN_TO.of(request.answers) == HolderKind.SITE and (errors := _without_new_holder(request)):
        raise OrderRejected(errors[0].detail, errors=errors)
    loaded = await _load(session, person, request)
    evaluation = rule(request, replace(loaded, answers=resolve_answers(request, loaded)))
    errors = evaluation.ruling.errors
    if errors:
        detail = errors[0].detail if len(errors) == 1 else f"Fix {len(errors)} problems with this order."
        raise OrderRejected(detail, errors=errors, facts=_alternative(services, evaluation))
    return replace(evaluation, parent_id=parent.row.id if parent else None)


def _alternative(services: Services, evaluation: Evaluation) -> dict[str, str]:
    """What to order instead of a refused order, and its form."""
    found = alternative(evaluation.request.type, services.order_types, evaluation.ruling.errors, evaluation.facts)
    return {"alternative": found[0].code, "alternative_url": form_url(*found)} if found else {}


def form_url(order_type: OrderType, line_id: str | None) -> str:
    """The form of a type, about a line."""
    return f"/order/{order_type.code}" + (f"?line={line_id}" if line_id else "")


async def visible_order(session: Session, person: Person, ref: str) -> OrderFound:
    """The order that another one is to follow. Raises InvalidRequest, in the same words for one they can't see."""
    with suppress(NotFound):
        found = await order_rows.find(session, person, ref)
        if is_allowed(person, Right.ORDER_READ, found.relations):
            return found
    raise InvalidRequest(f'No order matches "{ref}".', field="parent")


@dataclass(frozen=True, kw_only=True)
class DraftEvaluation:
    """An order that is still being filled in.

    `errors` is everything wrong or missing; `evaluation` is None unless the order is allowed but for missing consent.
    `forbidden` are the errors about people or lines the user has no access to. `asked` are the questions that the user
    answers, `asked_of_others` the consents that someone else is asked for later.
    """

    facts: Facts
    asked: tuple[Asked, ...]
    asked_of_others: tuple[Question[Any], ...]
    evaluation: Evaluation | None
    errors: tuple[FieldError, ...]
    forbidden: tuple[FieldError, ...] = ()


async def evaluate_draft(session: Session, services: Services, person: Person, body: OrderIn) -> DraftEvaluation:
    """The facts hold all products the beneficiary can choose from."""
    request = order_request(services, person, body)
    request = replace(request, type=_draft_type(request))
    loaded = await _load(session, person, request, all_products=True)
    answers, errors = resolve_partial(request, loaded)
    errors = (*errors, *_without_new_holder(request))
    known = replace(loaded, answers=answers)
    asked = tuple(
        one
        for one in asked_of_requester(request.type, known)
        if any(is_needed(one, item) for item in known.answers) or not known.answers
    )
    others = asked_of_others(request.type, known)
    too_many_items = item_limit_error(request, known.policy.max_items)
    forbidden = eligibility.permission_errors(known)
    if forbidden or too_many_items or any(error.code != "ACK_REQUIRED" for error in errors):
        all_errors = (
            *errors,
            *forbidden,
            *eligibility.asking_errors(known),
            *((too_many_items,) if too_many_items else ()),
        )
        return DraftEvaluation(
            facts=known, asked=asked, asked_of_others=others, evaluation=None, errors=all_errors, forbidden=forbidden
        )
    evaluation = rule(request, known)
    all_errors = (*errors, *evaluation.ruling.errors)
    allowed = evaluation if evaluation.ruling.allowed else None
    return DraftEvaluation(
        facts=evaluation.facts, asked=asked, asked_of_others=others, evaluation=allowed, errors=all_errors
    )


def _draft_type(request: NewOrderRequest) -> OrderType:
    """What a draft asks: no secrets, which it doesn't keep, and nothing of a new holder who isn't chosen yet."""
    lacks_holder = _lacks_new_holder(request)
    asked = tuple(
        asked
        for asked in request.type.questions
        if not questions.is_secret(asked.code) and not (lacks_holder and asked.who is Answerer.BENEFICIARY)
    )
    return replace(request.type, questions=asked)


def _lacks_new_holder(request: NewOrderRequest) -> bool:
    """A form that assigns lines asks to whom: seldom to the requester."""
    return request.type.changes_hands and not request.beneficiary


def _without_new_holder(request: NewOrderRequest) -> tuple[FieldError, ...]:
    if not _lacks_new_holder(request):
        return ()
    is_for_site = ASSIGN_TO.of(request.answers) == HolderKind.SITE
    field = "beneficiary_site_id" if is_for_site else "beneficiary_id"
    detail = "Choose the site that gets the line." if is_for_site else "Choose who to assign the line to."
    return (FieldError(code="ANSWER_REQUIRED", field=field, detail=detail),)


async def _load(session: Session, person: Person, request: NewOrderRequest, *, all_products: bool = False) -> Facts:
    """For the facts, what the person can't see doesn't exist, so no check tells anything about it.

    Raises NotFound with the same words for people and accounts that don't exist and that the person can't see.
    """
    await _require_visible_beneficiary(session, person, request)
    right = Right.DEVICE_READ if request.type.about_devices else Right.LINE_READ
    relations = None if _sees_all(person, right) else GRANTS[right].relations
    viewer, needs = InventoryViewer(person=person, relations=relations), eligibility.needs(request.type)
    loaded = await for_request(session, request, needs=needs, viewer=viewer, all_products=all_products)
    _require_visible_account(person, request, loaded)
    return loaded


async def _require_visible_beneficiary(session: Session, person: Person, request: NewOrderRequest) -> None:
    holder = request.beneficiary or NOBODY
    if holder.id is None or _sees_all(person, Right.PERSON_READ):
        return
    with suppress(NotFound):
        relations = await _relations_to(session, person, holder)
        if is_allowed(person, Right.PERSON_READ, relations):
            return
    field = "beneficiary_site_id" if holder.site_id else "beneficiary_id"
    raise NotFound(f'No match for "{holder.id[:26]}".', field=field)


async def _relations_to(session: Session, person: Person, holder: Holder) -> frozenset[Relation]:
    """Raises NotFound."""
    if holder.site_id:
        return await sites.relations_to(session, person, holder.site_id)
    _, relations = await directory.find_person(session, person, str(holder.person_id))
    return relations


def _require_visible_account(person: Person, request: NewOrderRequest, loaded: Facts) -> None:
    """Also visible are the accounts of those for whom the person orders, and of the lines and devices."""
    things = (*loaded.lines.values(), *loaded.devices.values())
    near = {person.account_id, loaded.beneficiary.account_id, *(one.record.account_id for one in things)}
    owned = person.id in loaded.account.owner_ids
    if request.account_id and not (owned or loaded.account.id in near or _sees_all(person, Right.ACCOUNT_READ)):
        raise NotFound(f'No account matches "{request.account_id}".', field="account_id")


def _sees_all(person: Person, right: Right) -> bool:
    return is_allowed(person, right) or is_allowed(person, Right.ORDER_FOR_ANYBODY)


def _beneficiary(order_type: OrderType, body: OrderIn) -> Holder | None:
    """None if the order names none. Raises InvalidRequest for a person and a site, or a site that gets no line."""
    if body.beneficiary_site_id and not order_type.changes_hands:
        raise InvalidRequest("Leave this out: an order of this type isn't for a site.", field="beneficiary_site_id")
    if body.beneficiary_site_id and body.beneficiary_id:
        raise InvalidRequest("Name a person or a site, not both.", field="beneficiary_site_id")
    if body.beneficiary_site_id or body.beneficiary_id:
        return Holder.of(person_id=body.beneficiary_id, site_id=body.beneficiary_site_id)
    return NOBODY if order_type.changes_hands and ASSIGN_TO.of(body.answers) == HolderKind.NOBODY else None


def order_request(services: Services, person: Person, body: OrderIn) -> NewOrderRequest:
    if body.type not in services.order_types:
        known = ", ".join(sorted(services.order_types))
        raise InvalidRequest(f"No order type matches {body.type}. Use one of {known}.", field="type")
    return NewOrderRequest(
        tenant=person.tenant,
        type=services.order_types[body.type],
        requester_id=person.id,
        beneficiary=_beneficiary(services.order_types[body.type], body),
        answers=body.answers,
        items=tuple(body.items),
        account_id=body.account_id,
        effective_on=body.effective_on,
        urgency=body.urgency,
        cost_center_one_time=body.cost_center_one_time,
        cost_center_recurring=body.cost_center_recurring,
    )
