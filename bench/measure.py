"""The whole benchmark, from the first order to the report."""

import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.backlog import Parking, asking, park
from bench.baseline.driver import Driver
from bench.baseline.replay import RecordedStep, beats_of
from bench.environment import FLOOR, KINDS, OTHERS, REAL, TINY, Environment, prepared
from bench.histories import Cost, cost_of
from bench.inserts import inserts_per_second
from bench.instance import TENANT
from bench.latency import Decisions, decisions
from bench.throughput import Run, Track, at_once
from models.order import OrderRef

_WARM_UP = 5
_HISTORIES = 5


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is measured: orders per round and kind, rounds, orders parked, tries of a decision, orders at a time."""

    orders: int
    rounds: int
    park: int
    decisions: int
    in_flight: int


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything that was measured."""

    options: Options
    heats: Sequence[Run]
    costs: dict[str, Cost]
    inserts_per_second: float
    idle: Decisions
    parking: Parking


async def measure(options: Options) -> Findings:
    """Start everything, measure, stop everything."""
    _say("starting PostgreSQL, Temporal and two Dialtones")
    async with prepared() as ground:
        beats = await _warm_up(ground)
        track = Track(ground, beats, in_flight=options.in_flight)
        heats = []
        for number in range(options.rounds):
            _say(f"round {number + 1} of {options.rounds}, {options.orders} orders of each kind")
            heats += [await track.heat(kind, options.orders) for kind in KINDS]
        _say("other types of orders")
        heats += [await track.heat(kind, options.orders) for kind in OTHERS]
        _say("decisions on a quiet system")
        idle = await _idle(ground, beats, options)
        _say(f"parking {options.park} orders")
        return Findings(
            options=options,
            heats=heats,
            costs={kind: await _cost(ground, kind, heats) for kind in (*KINDS, *OTHERS)},
            inserts_per_second=await inserts_per_second(ground.houses[REAL], options.park, options.in_flight),
            idle=idle,
            parking=await park(
                ground, beats, orders=options.park, decided=options.decisions, in_flight=options.in_flight
            ),
        )


async def _warm_up(ground: Environment) -> list[RecordedStep]:
    """Have every kind done a few times; what the real order does is what the floor does from then on."""
    for kind in (REAL, TINY):
        ids = await at_once(ground.houses[kind].carry, _WARM_UP, 1)
        await ground.houses[kind].watcher.mails_sent()
        if kind == REAL:
            handle = ground.client.get_workflow_handle(_workflow_id(kind, ids[-1]))
            beats = await beats_of(handle.fetch_history_events())
    await at_once(lambda: Driver(client=ground.client, ear=ground.ear).carry(beats), _WARM_UP, 1)
    return beats


async def _idle(ground: Environment, beats: Sequence[RecordedStep], options: Options) -> Decisions:
    house = ground.houses[REAL]
    waiting = await asking(house, await at_once(house.place, options.decisions, 1))
    await house.watcher.mails_sent()
    return await decisions(house, Driver(client=ground.client, ear=ground.ear), beats, waiting)


async def _cost(ground: Environment, kind: str, heats: Iterable[Run]) -> Cost:
    ids = [one for heat in heats if heat.kind == kind for one in heat.ids][-_HISTORIES:]
    costs = [await cost_of(ground.client.get_workflow_handle(_workflow_id(kind, one))) for one in ids]
    return Cost(
        events=statistics.mean(cost.events for cost in costs),
        actions=statistics.mean(cost.actions for cost in costs),
        kib=statistics.mean(cost.kib for cost in costs),
    )


def _workflow_id(kind: str, carried: str) -> str:
    return carried if kind == FLOOR else OrderRef(tenant=TENANT, id=carried).workflow_id


def _say(what: str) -> None:
    print(f"bench: {what} ...", file=sys.stderr, flush=True)
