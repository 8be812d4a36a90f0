"""What a form would become: judged without what cannot be read in it, and without what is none of one's business."""

from collections.abc import Collection
from dataclasses import replace

from pydantic import ValidationError

from api.deps import Access, Services
from api.order_form.parsing import ENVELOPE, Document
from api.orders.evaluation import DraftEvaluation, evaluate_draft
from api.orders.request_schemas import OrderIn
from models.db.session import Session
from models.errors import FieldError, NotFound


async def of_form(session: Session, services: Services, access: Access, body: Document) -> DraftEvaluation:
    """The order a form would become, with all that stands against it. Raises InvalidRequest, NotFound."""
    readable, unreadable = read(body)
    prospect = await _foresee(session, services, access, readable)
    return replace(prospect, errors=(*unreadable, *prospect.errors))


def read(body: Document) -> tuple[OrderIn, tuple[FieldError, ...]]:
    """The body, and what of it cannot even be read: that is answered as if it were empty, and called wrong."""
    try:
        return OrderIn.model_validate(body), ()
    except ValidationError as error:
        wrong = {str(one["loc"][0]): one["msg"] for one in error.errors()}
        readable = OrderIn.model_validate({name: said for name, said in body.items() if name not in wrong})
        return readable, tuple(
            FieldError(code="ANSWER_INVALID", field=name, detail=f"{ENVELOPE.get(name, name)}: {why.lower()}.")
            for name, why in wrong.items()
        )


async def _foresee(session: Session, services: Services, access: Access, body: OrderIn) -> DraftEvaluation:
    """Foresee the order without what is none of the person's business, or is not there: its form tells nothing of it.

    Raises NotFound for what the body does not name.
    """
    try:
        prospect = await evaluate_draft(session, services, access.person, body)
        strange = prospect.strange
    except NotFound as error:
        if error.field is None or getattr(body, error.field, None) is None:
            raise
        strange = (FieldError(code=error.code, field=error.field, detail=error.detail),)
    plain = _without(body, {one.field or "" for one in strange})
    if not strange or plain == body:
        return prospect
    left = await _foresee(session, services, access, plain)
    return replace(left, errors=(*strange, *left.errors), judged=None)


def _without(body: OrderIn, paths: Collection[str]) -> OrderIn:
    """The body for oneself, with no answers at these places."""
    items = [
        {ask: said for ask, said in item.items() if f"items.{number}.{ask}" not in paths}
        for number, item in enumerate(body.items)
    ]
    return body.model_copy(update={"beneficiary_id": None, "account_id": None, "items": items})
