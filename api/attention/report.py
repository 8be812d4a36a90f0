"""Gathering everything that needs an operator: from PostgreSQL, and from Temporal where it answers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.attention import descriptions
from api.attention.operations import right_for
from api.attention.schemas import LABELS, Attention, Delivery, Problem, ProblemCount, ProblemKind
from api.attention.temporal_problems import SUSPECTS, EngineProblems, find_engine_problems
from api.deps import Access, Services
from models.db import problems
from models.db.orders.order_list import STUCK_AFTER
from models.db.problems import DeliveryBacklog, ProblemOrder

# How many lines of each kind are read, and how many are shown in all.
PER_KIND = 50
SHOWN = 100
# A step of our own takes seconds; one that is not through after this may be failing.
BUSY_AFTER = timedelta(seconds=15)
# So long a message or mail may wait while a process is exchanged.
HELD_UP_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What PostgreSQL says; six statements, each with a limit."""

    failed: list[ProblemOrder]
    lost: list[ProblemOrder]
    idle: list[ProblemOrder]
    busy: list[ProblemOrder]
    dead: list[ProblemOrder]
    pipes: DeliveryBacklog


async def report(services: Services, access: Access, kinds: Iterable[ProblemKind] = ()) -> Attention:
    """All that needs somebody, the most urgent first; only some kinds where they are named."""
    tenant, at = access.person.tenant, services.now()
    known = await _read(services, tenant, at)
    found = await find_engine_problems(services.temporal, tenant, [one.order_id for one in known.busy])
    lines = [_allowed(line, access) for line in _in_order(known, found, at)]
    wanted = set(kinds) or set(ProblemKind)
    listed = [line for line in lines if line.kind in wanted]
    return Attention(
        at=at,
        figures=[_figure(kind, lines, known) for kind in ProblemKind],
        delivery=_delivery(known.pipes, found),
        lines=listed[:SHOWN],
        more=len(listed) > SHOWN or any(_total(kind, known) > PER_KIND for kind in wanted),
    )


async def _read(services: Services, tenant: str, at: datetime) -> _Known:
    async with services.database.transaction() as session:
        return _Known(
            failed=await problems.failed(session, tenant, limit=PER_KIND),
            lost=await problems.lost(session, tenant, limit=PER_KIND),
            idle=await problems.idle(session, tenant, since=at - STUCK_AFTER, limit=PER_KIND),
            busy=await problems.busy(session, tenant, since=at - BUSY_AFTER, limit=SUSPECTS),
            dead=await problems.dead(session, tenant, limit=PER_KIND),
            pipes=await problems.pipes(session, tenant),
        )


def _in_order(known: _Known, found: EngineProblems, at: datetime) -> list[Problem]:
    """Every line once, by urgency and age; an order that waits for nobody and is listed already says no more."""
    explained = {one.order_id for one in (*known.failed, *known.lost)} | {*found.retrying, *found.raising}
    lines = [
        *descriptions.held_up(known.pipes, found.problem, late=at - HELD_UP_AFTER, at=at),
        *map(descriptions.lost, known.lost),
        *(descriptions.not_resumed(one) if one.about["line_id"] else descriptions.failed(one) for one in known.failed),
        *map(descriptions.dead, known.dead),
        *_of_engine(known, found),
        *(descriptions.idle(one) for one in known.idle if one.order_id not in explained),
    ]
    ranks = {kind: rank for rank, kind in enumerate(ProblemKind)}
    return sorted(lines, key=lambda line: (ranks[line.kind], line.since))


def _of_engine(known: _Known, found: EngineProblems) -> Iterator[Problem]:
    """What Temporal says of orders, with what PostgreSQL knows of them."""
    orders = {one.order_id: one for one in (*known.busy, *known.idle, *known.failed)}
    for order_id, raising in found.raising.items():
        yield descriptions.raising(raising, orders.get(order_id), order_id)
    for order_id, activities in found.retrying.items():
        for activity in activities:
            yield descriptions.retrying(activity, orders.get(order_id), order_id)
    for one in known.busy:
        if (one.about["answered"] or 0) > one.seq:
            yield descriptions.behind(one)


def _figure(kind: ProblemKind, lines: list[Problem], known: _Known) -> ProblemCount:
    of_kind = [line for line in lines if line.kind is kind]
    # Beyond what was read, all are counted; up to there, those that are listed.
    total = _total(kind, known)
    count = total if total > PER_KIND else len(of_kind)
    return ProblemCount(
        kind=kind,
        label=LABELS[kind],
        count=count,
        oldest=min((line.since for line in of_kind), default=None),
    )


def _total(kind: ProblemKind, known: _Known) -> int:
    """How many there are in all, where PostgreSQL counts them."""
    counted = {
        ProblemKind.FAILED: [one for one in known.failed if not one.about["line_id"]],
        ProblemKind.NOT_RESUMED: [one for one in known.failed if one.about["line_id"]],
        ProblemKind.LOST: known.lost,
        ProblemKind.IDLE: known.idle,
        ProblemKind.DEAD_MESSAGE: [one for one in known.dead if one.about["what"] == "message"],
        ProblemKind.DEAD_MAIL: [one for one in known.dead if one.about["what"] == "mail"],
    }
    rows = counted.get(kind)
    return rows[0].total if rows else 0


def _delivery(pipes: DeliveryBacklog, found: EngineProblems) -> Delivery:
    return Delivery(
        messages_waiting=pipes.messages,
        oldest_message=pipes.oldest_message,
        mails_waiting=pipes.mails,
        oldest_mail=pipes.oldest_mail,
        relays=pipes.relays,
        temporal=found.problem or "ok",
    )


def _allowed(line: Problem, access: Access) -> Problem:
    """The line with what this person may do about it."""
    return line.model_copy(update={"remedies": tuple(one for one in line.remedies if access.may(right_for(one)))})
