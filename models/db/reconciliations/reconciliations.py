"""Reports of carriers that were compared, and the differences that they showed."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ARRAY, TEXT, and_, any_, case, func, insert, or_, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased, defer
from sqlmodel import col, select

from models.carrier_report import DifferenceKind, DifferenceSource, ToldOfLine
from models.db.clauses import optional
from models.db.inventory.tables import LineRow
from models.db.reconciliations.comparison import differences
from models.db.reconciliations.later_changes import kinds_changed_since
from models.db.reconciliations.tables import DifferenceRow, ReconciliationRow, ReportedLineRow
from models.db.session import NO_SYNC, Session, new_id
from models.db.statement import Statement, param
from models.errors import NotFound

# How old differences are, from one number of days to the next.
AGES = (7, 30)
# Only one open difference has these values.
_OPEN_KEY = ("tenant", "carrier", "subject", "kind")
_CLOSE = Statement[None](
    update(DifferenceRow)
    .where(
        col(DifferenceRow.tenant) == param("tenant"),
        col(DifferenceRow.line_id) == param("of_line"),
        col(DifferenceRow.kind) == any_(param("kinds", ARRAY(TEXT))),
        col(DifferenceRow.closed_at).is_(None),
        func.greatest(DifferenceRow.first_seen_at, DifferenceRow.event_at) <= param("closed_at"),
    )
    .values(closed_at=param("closed_at"))
)


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How many differences of a kind a billing account has: `by_age` are those within each of AGES, and older."""

    carrier: str
    account: str
    kind: str
    by_age: tuple[int, ...]


async def compare(
    session: Session, run: ReconciliationRow, lines: Sequence[ReportedLineRow], *, in_part: Collection[str]
) -> None:
    """Store a report with its lines, and what differs from the inventory, counted in `run.counts`.

    `in_part` are the accounts with a line whose number can't be read: what else they lack, the report doesn't say.
    """
    await session.insert(run)
    connection = await session.connection()
    if lines:
        await connection.execute(insert(ReportedLineRow), [line.model_dump() for line in lines])
        # Without, the planner takes the new rows for few, and compares each line with each.
        await connection.execute(text("ANALYZE reported_line"))
    rows = (await connection.execute(differences(run))).mappings().all()
    found = [dict(row) for row in rows if row["kind"] != DifferenceKind.OURS_ONLY or row["account"] not in in_part]
    await _record(session, run, found, in_part)
    run.counts = dict(Counter(row["kind"] for row in found))
    await session.flush()


async def _record(
    session: Session, run: ReconciliationRow, found: Sequence[dict[str, Any]], in_part: Collection[str]
) -> None:
    """What was open already stays the same difference; what the report compares and doesn't show is closed.

    A line that the carrier ends later is in service for now.
    """
    seen = {"tenant": run.tenant, "carrier": run.carrier, "first_run": run.number, "last_run": run.number}
    rows = [
        {**row, **seen, "id": new_id(), "subject": row["line_id"] or row["mdn"], "first_seen_at": run.at}
        for row in found
    ]
    connection = await session.connection()
    if rows:
        new = upsert(DifferenceRow)
        is_same = col(DifferenceRow.theirs) == new.excluded.theirs
        await connection.execute(
            new.on_conflict_do_update(
                index_elements=_OPEN_KEY,
                index_where=col(DifferenceRow.closed_at).is_(None),
                set_={
                    **{name: new.excluded[name] for name in ("account", "mdn", "ours", "theirs", "last_run")},
                    "first_run": func.coalesce(DifferenceRow.first_run, new.excluded.first_run),
                    "event_at": case((is_same, DifferenceRow.event_at)),
                    "last_day": case((is_same, DifferenceRow.last_day)),
                },
            ),
            rows,
        )
    # A line whose number differs is in the report only if the report has the number that the company knows.
    kind, is_reported = col(DifferenceRow.kind), _has_line(run).exists()
    await connection.execute(
        update(DifferenceRow)
        .where(
            col(DifferenceRow.tenant) == run.tenant,
            col(DifferenceRow.carrier) == run.carrier,
            or_(is_reported, col(DifferenceRow.account).in_(run.accounts) & (kind != DifferenceKind.NUMBER)),
            col(DifferenceRow.closed_at).is_(None),
            col(DifferenceRow.last_run).is_distinct_from(run.number),
            (kind != DifferenceKind.OURS_ONLY) | col(DifferenceRow.account).not_in(in_part),
            ~_left_out(run),
            func.coalesce(col(DifferenceRow.last_day) <= run.at.date(), True),
        )
        .values(closed_at=run.at)
    )


def _left_out(run: ReconciliationRow) -> Any:
    """The report has the line of a difference, and doesn't say what differed."""
    reported = ReportedLineRow
    cells = {
        DifferenceKind.STATUS: reported.status,
        DifferenceKind.PLAN: reported.plan,
        DifferenceKind.SIM: reported.iccid,
        DifferenceKind.DEVICE: reported.imei,
    }
    unsaid = (and_(col(DifferenceRow.kind) == kind, col(cell).is_(None)) for kind, cell in cells.items())
    no_features = and_(col(DifferenceRow.kind) == DifferenceKind.FEATURES, col(reported.features).is_(None))
    return _has_line(run).where(or_(*unsaid, no_features)).exists()


def _has_line(run: ReconciliationRow) -> Any:
    """Selects the report's row of the line that differs."""
    reported = ReportedLineRow
    return select(reported.row).where(
        col(reported.tenant) == run.tenant,
        col(reported.reconciliation) == run.number,
        col(reported.mdn) == col(DifferenceRow.mdn),
    )


async def note_event(session: Session, line: LineRow, told: Collection[ToldOfLine], *, at: datetime) -> None:
    """Note what a carrier has said of a line at that time, unless something later is known. What agrees is closed."""
    await close(session, line.tenant, line.id, [one.kind for one in told if not one.differs], at=at)
    differing = [one for one in told if one.differs]
    if not differing:
        return
    seen = await session.all(
        select(DifferenceRow.kind).where(
            col(DifferenceRow.tenant) == line.tenant,
            col(DifferenceRow.line_id) == line.id,
            func.greatest(DifferenceRow.first_seen_at, DifferenceRow.event_at, DifferenceRow.closed_at) > at,
        )
    )
    later = {*seen, *await kinds_changed_since(session, line, at)}
    rows = [
        {
            "tenant": line.tenant,
            "id": new_id(),
            "carrier": line.carrier,
            "account": line.carrier_account or "",
            "subject": line.id,
            "line_id": line.id,
            "mdn": line.mdn or "",
            "kind": one.kind,
            "ours": list(one.ours),
            "theirs": list(one.theirs),
            "first_seen_at": at,
            "event_at": at,
            "last_day": one.last_day,
        }
        for one in differing
        if one.kind not in later
    ]
    if rows:
        new = upsert(DifferenceRow)
        await (await session.connection()).execute(
            new.on_conflict_do_update(
                index_elements=_OPEN_KEY,
                index_where=col(DifferenceRow.closed_at).is_(None),
                set_={name: new.excluded[name] for name in ("mdn", "ours", "theirs", "event_at", "last_day")},
            ),
            rows,
        )


async def close(
    session: Session, tenant: str, line_id: str, kinds: Collection[DifferenceKind], *, at: datetime
) -> None:
    """At this time, carrier and company have the same of a line."""
    if kinds:
        await session.affected(_CLOSE, tenant=tenant, of_line=line_id, kinds=[*kinds], closed_at=at)


async def get(session: Session, tenant: str, number: int) -> ReconciliationRow:
    """Raises NotFound."""
    found = await session.get(ReconciliationRow, (tenant, number))
    if found is None:
        raise NotFound("Report not found.")
    return found


async def newest(
    session: Session, tenant: str, *, before: int | None = None, limit: int
) -> list[tuple[ReconciliationRow, int]]:
    """Newest first, each with the number of cells that could not be read, and without these.

    `before` is the number of the last one of the previous page.
    """
    earlier = optional((before, lambda number: col(ReconciliationRow.number) < number))
    wrong = func.jsonb_array_length(col(ReconciliationRow.wrong))
    query = select(ReconciliationRow, wrong).where(col(ReconciliationRow.tenant) == tenant, *earlier)
    ordered = query.order_by(col(ReconciliationRow.number).desc()).limit(limit)
    column: Any = ReconciliationRow.wrong
    return await session.all(ordered.options(defer(column, raiseload=True)))


async def find_difference(
    session: Session, tenant: str, difference_id: str, *, for_update: bool = False
) -> DifferenceRow:
    """Raises NotFound."""
    found = await session.get(DifferenceRow, (tenant, difference_id), with_for_update=for_update)
    if found is None:
        raise NotFound("Difference not found.")
    return found


async def reopen(session: Session, tenant: str, import_number: int) -> None:
    """Open what an import closed that is undone, unless a report has shown such a difference since."""
    since = aliased(DifferenceRow)
    same = (col(getattr(since, name)) == getattr(DifferenceRow, name) for name in _OPEN_KEY)
    is_open = select(since.id).where(*same, col(since.closed_at).is_(None)).exists()
    accepted = col(DifferenceRow.tenant) == tenant, col(DifferenceRow.import_number) == import_number
    await session.exec(
        update(DifferenceRow)
        .where(*accepted, ~is_open)
        .values(closed_at=None, import_number=None)
        .execution_options(**NO_SYNC)
    )


async def list_differences(
    session: Session,
    tenant: str,
    *,
    run: ReconciliationRow | None = None,
    carrier: str | None = None,
    account: str | None = None,
    line_id: str | None = None,
    kinds: Collection[str] = (),
    source: DifferenceSource | None = None,
    after: str | None = None,
    limit: int,
) -> list[DifferenceRow]:
    """Those that a report showed; without one, those that are open. `after` is the id of the last one before."""
    query = select(DifferenceRow).where(
        col(DifferenceRow.tenant) == tenant,
        *optional(
            (run and run.carrier, lambda value: col(DifferenceRow.carrier) == value),
            (run and run.number, lambda value: col(DifferenceRow.first_run) <= value),
            (run and run.number, lambda value: col(DifferenceRow.last_run) >= value),
            (carrier, lambda value: col(DifferenceRow.carrier) == value),
            (account, lambda value: col(DifferenceRow.account) == value),
            (line_id, lambda value: col(DifferenceRow.line_id) == value),
            (tuple(kinds), lambda value: col(DifferenceRow.kind).in_(value)),
            (source, lambda value: col(DifferenceRow.event_at).is_not(None) == (value == DifferenceSource.EVENT)),
            (after, lambda value: col(DifferenceRow.id) > value),
        ),
    )
    if run is None:
        query = query.where(col(DifferenceRow.closed_at).is_(None))
    return await session.all(query.order_by(col(DifferenceRow.id)).limit(limit))


async def drift(session: Session, tenant: str, now: datetime) -> list[Drift]:
    """The open differences, by billing account and kind."""
    seen = col(DifferenceRow.first_seen_at)
    limits = [None, *(now - timedelta(days=days) for days in AGES), None]
    counts = [
        func.count().filter(*optional((older, seen.__gt__), (newer, seen.__le__))) for newer, older in pairwise(limits)
    ]
    group = (col(DifferenceRow.carrier), col(DifferenceRow.account), col(DifferenceRow.kind))
    query: Any = select(*group).add_columns(*counts)
    rows = await session.all(
        query.where(col(DifferenceRow.tenant) == tenant, col(DifferenceRow.closed_at).is_(None))
        .group_by(*group)
        .order_by(*group)
    )
    return [
        Drift(carrier=carrier, account=account, kind=kind, by_age=tuple(by_age))
        for carrier, account, kind, *by_age in rows
    ]
