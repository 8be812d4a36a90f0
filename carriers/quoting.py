"""Asks carriers what the items of an order would cost, and keeps their answers for some minutes."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from carriers.base import BillingAccount, Carrier, CarrierOrder, CarrierOrderItem
from carriers.work import changes_of, offering_of, products_at_carrier
from models import questions
from models.carrier_quote import UNKNOWN, CarrierQuote
from models.db.carriers import carrier_quotes
from models.db.catalog import products
from models.db.inventory import devices, lines
from models.db.inventory.known_at_carrier import KnownAtCarrier
from models.db.session import Database, Session
from models.errors import CarrierDeclined, CarrierUnavailable
from models.facts import Facts
from models.optional_facts.carrier_quotes import CARRIER_QUOTES, content_of
from models.order import Identifiers
from models.questions.shipping import EXPEDITE, SHIP_TO

# How long a person waits for a preview. A carrier that takes longer has not confirmed anything.
PREVIEW_LIMIT = timedelta(seconds=2)
# An order that is about to be placed can wait longer.
PLACE_LIMIT = timedelta(seconds=5)
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class QuoteRequest:
    """Items that a carrier is asked about: of the facts, what the carrier would do for each item, and which it is."""

    facts: Facts
    actions: Sequence[str]
    carrier: str


async def ask(
    database: Database,
    carriers: Mapping[str, Carrier],
    request: QuoteRequest,
    *,
    within: timedelta,
    again: bool = False,
) -> Facts:
    """Ask about the items for which no answer is kept, or `again` about all; the facts with the carrier's answers.

    It never fails because of the carrier: what that doesn't answer stays as it was. No transaction may be open, because
    the carrier is called between two.
    """
    known = CARRIER_QUOTES.of(request.facts)
    wanted = [
        item for item in range(len(request.facts.answers)) if again or content_of(request.facts, item) not in known
    ]
    if not wanted:
        return request.facts
    async with database.read() as session:
        work = await _work(session, request, wanted)
    answers = await _answers(carriers.get(request.carrier), work, request.facts.policy.currency, within)
    contents = {content_of(request.facts, item): item for item in wanted}
    named = {content: request.facts.line(item) for content, item in contents.items()}
    quotes = {
        content: answers.get(str(item), UNKNOWN)
        for content, item in contents.items()
        if str(item) in answers or content not in known
    }
    if not quotes:
        return request.facts
    await database.run(
        carrier_quotes.keep,
        request.facts.requester.tenant,
        quotes,
        {content: line.line.id if line else None for content, line in named.items()},
        request.facts.now,
    )
    found = {content: quote for content, quote in quotes.items() if quote.is_known}
    return replace(request.facts, optional={**request.facts.optional, CARRIER_QUOTES.code: {**known, **found}})


async def _answers(
    carrier: Carrier | None, work: CarrierOrder, currency: str, within: timedelta
) -> Mapping[str, CarrierQuote]:
    """The carrier's answers by item; none of a carrier that is away, or too slow."""
    if carrier is None:
        return {}
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await carrier.quote(work, currency)
    except (CarrierDeclined, CarrierUnavailable, TimeoutError) as error:
        log.info("carrier_quote_missing", carrier=carrier.code, reason=type(error).__name__)
        return {}


async def _work(session: Session, request: QuoteRequest, wanted: Sequence[int]) -> CarrierOrder:
    """What the carrier would get, without secrets. Its items have their positions, counted from 0, as ids."""
    facts, tenant = request.facts, request.facts.requester.tenant
    skus = {sku for item in wanted for sku in products_at_carrier(facts.type, facts.answers[item])}
    known = await products.at_carrier(session, tenant, request.carrier, skus) if skus else {}
    subjects = await _subjects(session, facts, wanted)
    number = facts.account.carrier_accounts.get(request.carrier)
    items = []
    for item in wanted:
        subject = subjects.get(item)
        answers = {code: one for code, one in facts.answers[item].items() if not questions.is_secret(code)}
        items.append(
            CarrierOrderItem(
                item_id=str(item),
                action=request.actions[item],
                subject=subject.identifiers if subject else Identifiers(),
                changes=changes_of(facts.type, answers, known),
                offering=offering_of(facts.type, answers, known),
                billing_account=subject.billing_account if subject else None,
            )
        )
    return CarrierOrder(
        client_ref="",
        number="",
        items=tuple(items),
        ship_to=SHIP_TO.of(facts.answers[wanted[0]]),
        expedite=any(EXPEDITE.of(answers) for answers in facts.answers),
        urgency="normal",
        billing_account=BillingAccount(number=number, foundation=None, name=facts.account.name) if number else None,
    )


async def _subjects(session: Session, facts: Facts, wanted: Sequence[int]) -> Mapping[int, KnownAtCarrier]:
    """What the carrier knows the lines or devices of the items by, by item."""
    tenant = facts.requester.tenant
    if facts.type.about_devices:
        held = {item: device.device.id for item in wanted if (device := facts.device(item))}
        found = await devices.at_carrier(session, tenant, held.values()) if held else {}
    else:
        held = {item: named.line.id for item in wanted if (named := facts.line(item))}
        found = await lines.at_carrier(session, tenant, held.values()) if held else {}
    return {item: found[held_id] for item, held_id in held.items() if held_id in found}
