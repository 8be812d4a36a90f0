"""The existing lines a request names, by id or by phone number in any format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select

from models.db.catalog.tables import ProductRow
from models.db.inventory.tables import ENDED_LINE_STATUSES, DeviceRow, LineRow
from models.db.session import Session
from models.order import OrderRequest
from models.questions.line import LINE


@dataclass(frozen=True, kw_only=True)
class NamedLines:
    """The named lines by id and by phone number, and in `own` the line meant where the request names none.

    Of several lines with a phone number, the one in use, else the newest.
    """

    by_name: Mapping[str, LineRow]
    device_names: Mapping[str, str]
    own: str | None = None

    @property
    def rows(self) -> tuple[LineRow, ...]:
        """The named lines, each once, in the order they are named."""
        return tuple({row.id: row for row in self.by_name.values()}.values())


async def load(session: Session, request: OrderRequest) -> NamedLines:
    """Read the lines a request names; where an item names none, also those of the beneficiary."""
    if not request.type.about_lines:
        return NamedLines(by_name={}, device_names={})
    said = list(dict.fromkeys(_said(request)))
    whose = _whose(request)
    found = await session.exec(
        select(LineRow, col(ProductRow.name))
        .outerjoin(DeviceRow, _same(DeviceRow, LineRow) & (col(DeviceRow.id) == col(LineRow.device_id)))
        .outerjoin(ProductRow, _same(ProductRow, DeviceRow) & (col(ProductRow.sku) == col(DeviceRow.sku)))
        .where(
            col(LineRow.tenant) == request.tenant,
            or_(col(LineRow.id).in_(said), col(LineRow.mdn).in_(said), col(LineRow.person_id).in_(whose)),
        )
        .order_by(col(LineRow.status).in_(ENDED_LINE_STATUSES).desc(), col(LineRow.id))
    )
    pairs = found.all()
    known = {name: row for row, _ in pairs for name in (row.id, row.mdn) if name}
    held = [row.id for row, _ in pairs if row.person_id in whose and row.status not in ENDED_LINE_STATUSES]
    own = held[0] if len(held) == 1 else None
    named = [known[name] for name in [*said, own or ""] if name in known]
    return NamedLines(
        by_name={name: row for row in named for name in (row.id, row.mdn) if name and known[name] is row},
        device_names={row.id: name for row, name in pairs if name},
        own=own,
    )


def _whose(request: OrderRequest) -> list[str]:
    """The person whose only line is meant where an item names no line."""
    left_out = not LINE.of(request.answers) and any(not LINE.of(item) for item in request.items)
    return [request.beneficiary_id or request.requester_id] if left_out and not request.type.changes_hands else []


def _said(request: OrderRequest) -> Iterator[str]:
    for answers in (request.answers, *request.items):
        said = LINE.of(answers)
        if isinstance(said, str) and said.strip():
            yield LINE.parse(said)


def _same(one: Any, other: Any) -> ColumnElement[bool]:
    same: ColumnElement[bool] = one.tenant == other.tenant
    return same
