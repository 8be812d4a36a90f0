"""Evaluates an unfinished form, without what can't be read in it and without what the user has no access to."""

from collections.abc import Collection
from dataclasses import replace

from pydantic import ValidationError

from api.deps import Access, Services
from api.http.validation import field_errors
from api.order_form.parsing import ORDER_FIELDS, Document
from api.orders.evaluation import DraftEvaluation, evaluate_draft
from api.orders.schemas import OrderIn
from models import formatting
from models.db.session import Session
from models.errors import FieldError, NotFound


async def evaluate_form(session: Session, services: Services, access: Access, body: Document) -> DraftEvaluation:
    """Raises InvalidRequest or NotFound."""
    readable, errors = _read(body)
    evaluation = await _evaluate(session, services, access, readable)
    return replace(evaluation, errors=(*errors, *evaluation.errors))


def _read(body: Document) -> tuple[OrderIn, tuple[FieldError, ...]]:
    """The body without its unreadable fields, and their errors."""
    try:
        return OrderIn.model_validate(body), ()
    except ValidationError as error:
        details = {str(one.field).partition(".")[0]: one.detail for one in field_errors(error.errors())}
    readable = OrderIn.model_validate({name: value for name, value in body.items() if name not in details})
    return readable, tuple(
        FieldError(
            code="ANSWER_INVALID",
            field=name,
            detail=f"{ORDER_FIELDS.get(name, name).rstrip('?')}: {formatting.in_sentence(detail)}",
        )
        for name, detail in details.items()
    )


async def _evaluate(session: Session, services: Services, access: Access, body: OrderIn) -> DraftEvaluation:
    """Evaluate the body again without the people, accounts and lines that don't exist for the user.

    The form must not reveal anything about them. Raises NotFound for what the body doesn't name.
    """
    try:
        evaluation = await evaluate_draft(session, services, access.person, body)
        forbidden = evaluation.forbidden
    except NotFound as error:
        if error.field is None or getattr(body, error.field, None) is None:
            raise
        forbidden = (FieldError(code=error.code, field=error.field, detail=error.detail),)
    allowed = _without(body, {error.field or "" for error in forbidden})
    if not forbidden or allowed == body:
        return evaluation
    rest = await _evaluate(session, services, access, allowed)
    return replace(rest, errors=(*forbidden, *rest.errors), evaluation=None)


def _without(body: OrderIn, paths: Collection[str]) -> OrderIn:
    """The same order for the user and their own account, without the item answers at these paths."""
    items = [
        {ask: answer for ask, answer in item.items() if f"items.{number}.{ask}" not in paths}
        for number, item in enumerate(body.items)
    ]
    return body.model_copy(
        update={"beneficiary_id": None, "beneficiary_site_id": None, "account_id": None, "items": items}
    )
