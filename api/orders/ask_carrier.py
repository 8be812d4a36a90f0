"""Has the carrier asked what an order would cost, before the order is evaluated."""

from contextlib import suppress

from api.deps import Services
from api.orders.evaluation import evaluate_draft
from api.orders.schemas import OrderIn
from carriers import quoting
from carriers.quoting import QuoteRequest
from models import questions
from models.errors import FieldError, PublicError
from models.facts import Person
from models.step import carrier_actions
from outbox.new_orders import carrier_of
from policies.variants import resolve


async def ask(services: Services, person: Person, body: OrderIn) -> None:
    """Ask the carrier, if the type says so and nothing but a consent is missing; the facts have its answer afterwards.

    It raises nothing: what is wrong with the order is found when the order is evaluated.
    """
    order_type = services.order_types.get(body.type)
    if order_type is None or not order_type.quote:
        return
    with suppress(PublicError):
        async with services.database.read() as session:
            draft = await evaluate_draft(session, services, person, body)
        carrier = carrier_of(draft.facts) if all(map(_is_about_consent, draft.errors)) else None
        if carrier is None:
            return
        kinds = resolve(order_type, draft.facts.answers).items
        actions = [carrier_actions(kind.steps)[0] for kind in kinds]
        request = QuoteRequest(facts=draft.facts, actions=actions, carrier=carrier)
        await quoting.ask(services.database, services.carriers, request, within=quoting.PREVIEW_LIMIT)


def _is_about_consent(error: FieldError) -> bool:
    question = questions.all_by_code().get((error.field or "").rpartition(".")[2])
    return question is not None and question.is_consent
