"""The existing lines a request names, by id or by phone number in any format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, or_, select, true

from models.db.clauses import had_number, matches
from models.db.exclusive_answers import given
from models.db.inventory.inventory_values import value_of
from models.db.inventory.tables import ENDED_LINE_STATUSES, DeviceRow, LineRow, SimRow
from models.db.session import Session
from models.db.visibility import InventoryViewer
from models.facts import NamedLine
from models.inventory import Device, Line, Sim
from models.order import OrderRequest
from models.questions.line import LINE


@dataclass(frozen=True, kw_only=True)
class NamedLines:
    """The named lines by id and by phone number, and in `own` the line meant where the request names none.

    Of several lines with a phone number, the one in use, else the newest, else one that had the number before, unless
    another line has it now. People are not loaded: each line is without its holder's record and managers.
    """

    by_name: Mapping[str, NamedLine]
    own: str | None = None

    @property
    def lines(self) -> tuple[NamedLine, ...]:
        """The named lines, each once, in the order they are named."""
        return tuple({one.line.id: one for one in self.by_name.values()}.values())


async def load(session: Session, request: OrderRequest, viewer: InventoryViewer | None = None) -> NamedLines:
    """Read the lines a request names; where an item names none, also those of the beneficiary.

    Lines that the viewer doesn't see are left out, as if they didn't exist.
    """
    if not request.type.about_lines:
        return NamedLines(by_name={})
    said = list(dict.fromkeys(given(LINE, request)))
    whose = _whose(request)
    rows = await session.all(
        select(LineRow, DeviceRow, SimRow)
        .outerjoin(DeviceRow, matches(DeviceRow.id, LineRow.device_id))
        .outerjoin(SimRow, matches(SimRow.id, LineRow.sim_id))
        .where(
            col(LineRow.tenant) == request.tenant,
            or_(
                col(LineRow.id).in_(said),
                col(LineRow.mdn).in_(said),
                col(LineRow.person_id).in_(whose),
                *(and_(had_number(one), ~_in_use(request.tenant, one)) for one in said),
            ),
            viewer.sees(LineRow) if viewer else true(),
        )
        .order_by(col(LineRow.status).in_(ENDED_LINE_STATUSES).desc(), col(LineRow.id))
    )
    found = [
        NamedLine(
            line=value_of(Line, line),
            device=value_of(Device, device) if device is not None else None,
            sim=value_of(Sim, sim) if sim is not None else None,
        )
        for line, device, sim in rows
    ]
    known = {former.number: one for one in found for former in one.line.former_numbers}
    known |= {name: one for one in found for name in _names(one)}
    held = [one.line for one in found if one.line.person_id in whose and one.line.status not in ENDED_LINE_STATUSES]
    own = held[0].id if len(held) == 1 else None
    named = [known[name] for name in [*said, own or ""] if name in known]
    return NamedLines(
        by_name={name: one for name, one in known.items() if one in named},
        own=own,
    )


def _names(named: NamedLine) -> Iterator[str]:
    yield named.line.id
    if named.line.mdn:
        yield named.line.mdn


def _in_use(tenant: str, number: str) -> ColumnElement[bool]:
    """Whether a line has the number now, also one that the viewer doesn't see."""
    other = aliased(LineRow)
    return (
        select(other.id)
        .where(other.tenant == tenant, other.mdn == number, col(other.status).not_in(ENDED_LINE_STATUSES))
        .exists()
    )


def _whose(request: OrderRequest) -> list[str]:
    """The person whose only line is meant where an item names no line."""
    left_out = not LINE.of(request.answers) and any(not LINE.of(item) for item in request.items)
    person_id = request.beneficiary.person_id if request.beneficiary else request.requester_id
    return [person_id] if person_id and left_out and not request.type.changes_hands else []
