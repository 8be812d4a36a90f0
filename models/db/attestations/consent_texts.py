"""The texts that people agree to, in versions. A version never changes."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ARRAY, TEXT, any_
from sqlmodel import col, func, select

from models.db.attestations.tables import ConsentTextRow
from models.db.session import Session
from models.db.statement import Statement, param

_TEXTS = Statement[ConsentTextRow](
    select(ConsentTextRow)
    .where(
        col(ConsentTextRow.tenant) == param("tenant"),
        col(ConsentTextRow.question) == any_(param("questions", ARRAY(TEXT))),
    )
    .order_by(col(ConsentTextRow.version)),
    ConsentTextRow,
)


async def publish(  # noqa: PLR0917 - a row, column by column
    session: Session, tenant: str, question: str, title: str, text: str, at: datetime
) -> ConsentTextRow:
    """Add the next version; two that are published at once get one after the other."""
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{tenant}:{question}", 0))))
    last = await find(session, tenant, question, None)
    row = ConsentTextRow(
        tenant=tenant,
        question=question,
        version=last.version + 1 if last else 1,
        title=title,
        text=text,
        published_at=at,
    )
    return await session.insert(row)


async def shown(session: Session, tenant: str, wanted: Mapping[str, int | None]) -> dict[str, ConsentTextRow]:
    """By question the version that is wanted, else the newest. Without the questions that have no text."""
    found: dict[str, ConsentTextRow] = {}
    for row in await session.all(_TEXTS, tenant=tenant, questions=[*wanted]) if wanted else ():
        chosen = found.get(row.question)
        if chosen is None or chosen.version != wanted[row.question]:
            found[row.question] = row
    return found


async def find(session: Session, tenant: str, question: str, version: int | None) -> ConsentTextRow | None:
    """One version, or the newest."""
    if version is not None:
        return await session.get(ConsentTextRow, (tenant, question, version))
    return (await shown(session, tenant, {question: None})).get(question)
