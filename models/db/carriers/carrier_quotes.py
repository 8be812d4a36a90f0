"""What carriers said about items of orders, kept for some minutes by what was asked."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, or_, select

from models.carrier_quote import CarrierQuote
from models.db.carriers.tables import CarrierQuoteRow
from models.db.session import Session

KEPT = timedelta(minutes=10)
# A carrier that is away is not asked with every change of a form, but soon again.
KEPT_UNKNOWN = timedelta(minutes=1)
_QUOTE = TypeAdapter(CarrierQuote)


async def kept(session: Session, tenant: str, line_ids: Collection[str], now: datetime) -> Mapping[str, CarrierQuote]:
    """The answers about items of these lines, and of none, by what was asked."""
    rows = await session.all(
        select(CarrierQuoteRow).where(
            col(CarrierQuoteRow.tenant) == tenant,
            or_(col(CarrierQuoteRow.line_id).is_(None), col(CarrierQuoteRow.line_id).in_(line_ids)),
            col(CarrierQuoteRow.kept_until) > now,
        )
    )
    return {row.content: _QUOTE.validate_python(row.quote) for row in rows}


async def keep(
    session: Session,
    tenant: str,
    quotes: Mapping[str, CarrierQuote],
    line_ids: Mapping[str, str | None],
    now: datetime,
) -> None:
    """Keep answers, and the ids of their lines, by what was asked. Older and expired ones go."""
    rows = [
        CarrierQuoteRow(
            tenant=tenant,
            content=content,
            line_id=line_ids[content],
            quote=to_jsonable_python(quote),
            kept_until=now + (KEPT if quote.is_known else KEPT_UNKNOWN),
        ).model_dump()
        for content, quote in sorted(quotes.items())
    ]
    added = insert(CarrierQuoteRow).values(rows)
    changed = {"quote": added.excluded.quote, "kept_until": added.excluded.kept_until}
    # In one statement, in which no row may be both deleted and replaced.
    expired = delete(CarrierQuoteRow).where(
        col(CarrierQuoteRow.tenant) == tenant,
        col(CarrierQuoteRow.kept_until) <= now,
        col(CarrierQuoteRow.content).not_in(quotes),
    )
    upsert = added.on_conflict_do_update(index_elements=["tenant", "content"], set_=changed)
    await session.exec(upsert.add_cte(expired.cte("expired")))
