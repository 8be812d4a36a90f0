import asyncio
from dataclasses import replace
from typing import Any

from models.db import exclusive_answers
from models.db.session import Database
from models.order import OrderRequest
from tests.sample_types import sample_type

SIMS = ("8901 9910 0000 0000 002", "8901991000000000010", "no SIM")


def request(**answers: Any) -> OrderRequest:
    return OrderRequest(
        tenant="tiny",
        type=sample_type("line", "iccid"),
        requester_id="",
        beneficiary=None,
        answers=answers,
        items=tuple({"iccid": sim} for sim in SIMS),
    )


async def test_orders_with_a_common_answer_wait_for_each_other_in_whatever_sequence_they_have_it(
    database: Database,
) -> None:
    order, running = request(line="1"), 0

    async def submit(wanted: OrderRequest) -> None:
        nonlocal running
        async with database.transaction() as session:
            await exclusive_answers.lock(session, wanted)
            running += 1
            assert running == 1
            await asyncio.sleep(0.01)
            running -= 1

    turned = replace(order, items=order.items[::-1])
    one = replace(order, answers={"iccid": SIMS[1].replace("", " ").strip()}, items=({},))
    async with asyncio.timeout(30):
        await asyncio.gather(*map(submit, [order, turned, one] * 5))


async def test_orders_of_other_tenants_and_with_other_answers_do_not_wait(database: Database) -> None:
    order = request(line="1")
    others = [replace(order, tenant="other"), replace(order, items=({"iccid": "8901991000000000028"},))]
    async with database.transaction() as holding:
        await exclusive_answers.lock(holding, order)
        for other in others:
            async with database.transaction() as session:
                async with asyncio.timeout(10):
                    await exclusive_answers.lock(session, other)
