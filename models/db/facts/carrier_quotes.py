from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from models.carrier_quote import CarrierQuote
from models.db.carriers import carrier_quotes
from models.db.fact_loader import FactLoader
from models.db.orders import order_values
from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.facts import Facts, NamedLine
from models.optional_facts.carrier_quotes import CARRIER_QUOTES, content_of
from models.order import OrderRequest


async def _load(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, CarrierQuote]:
    return await carrier_quotes.kept(session, request.tenant, [one.line.id for one in lines], now)


def as_approved(known: Facts, row: OrderRow) -> Facts:
    """The facts of a submitted order with what the carrier said when its price was settled, unless it has said more."""
    if not known.type.quote:
        return known
    approved = {content_of(known, item): one for item, one in enumerate(order_values.carrier_quotes_of(row))}
    today = {content: one for content, one in CARRIER_QUOTES.of(known).items() if one.is_known}
    return replace(known, optional={**known.optional, CARRIER_QUOTES.code: approved | today})


CARRIER_QUOTES_LOADER = FactLoader(fact=CARRIER_QUOTES, load=_load)
