"""All calls to a carrier together keep its rate, polls included."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from carriers.credentials import StaticToken
from carriers.rate_limit import RateLimit
from carriers.tmf622.client import LONGEST_TURN_SECONDS, TmfClient
from models.errors import CarrierUnavailable

pytestmark = pytest.mark.fault("11")


@dataclass
class Clock:
    """Stands still but for sleep; `calls` are the times at which the carrier was called."""

    now: float = 100.0
    calls: list[float] = field(default_factory=list)
    answers: list[httpx2.Response] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def respond(self, _: httpx2.Request) -> httpx2.Response:
        self.calls.append(self.now)
        return self.answers.pop(0) if self.answers else httpx2.Response(200, json={})

    def client(self, calls_per_second: float) -> TmfClient:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self.respond))
        limit = RateLimit(calls_per_second, clock=lambda: self.now, sleep=self.sleep)
        return TmfClient("Northwind", "http://carrier", StaticToken("t"), limit, http)


def most_within(calls: list[float], seconds: float) -> int:
    return max(sum(start <= call < start + seconds for call in calls) for start in calls)


async def test_polls_of_2000_parked_orders_keep_the_rate() -> None:
    clock = Clock()
    client = clock.client(calls_per_second=20)
    for number in range(2000):
        await client.get(f"/productOrder/{number}")
    assert len(clock.calls) == 2000
    assert most_within(clock.calls, 0.9999) <= 20
    assert clock.calls[-1] - clock.calls[0] == pytest.approx(1999 / 20)


async def test_calls_at_the_same_time_take_turns_and_those_far_behind_are_put_off() -> None:
    turns: list[float] = []

    async def sleep(seconds: float) -> None:
        turns.append(seconds)

    limit = RateLimit(4, clock=lambda: 0.0, sleep=sleep)
    answers = await asyncio.gather(*(limit.take_turn(within=1) for _ in range(7)))
    assert turns == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert answers[5:] == [1.25, 1.25]


async def test_a_call_that_would_wait_too_long_is_put_off_without_being_made() -> None:
    clock = Clock(answers=[httpx2.Response(429, headers={"Retry-After": "60"})])
    client = clock.client(calls_per_second=20)
    with pytest.raises(CarrierUnavailable):
        await client.get("/productOrder/1")
    with pytest.raises(CarrierUnavailable) as caught:
        await client.get("/productOrder/2")
    assert (caught.value.retry_after_seconds, caught.value.nothing_done, len(clock.calls)) == (60, True, 1)
    clock.now += 60 - LONGEST_TURN_SECONDS / 2
    await client.get("/productOrder/2")
    assert clock.calls == [100, 160]


async def test_a_429_without_a_time_slows_nothing_down() -> None:
    clock = Clock(answers=[httpx2.Response(429)])
    client = clock.client(calls_per_second=1)
    with pytest.raises(CarrierUnavailable):
        await client.get("/productOrder/1")
    answer: Any = await client.get("/productOrder/1")
    assert (answer, clock.calls) == ({}, [100, 101])
