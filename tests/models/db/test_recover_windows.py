"""Until when a line can be reconnected follows the rule of the day on which it was disconnected."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.db import recover_windows
from models.db.carrier_rules import carrier_rules
from models.db.inventory.tables import LineRow
from models.db.line_timers.tables import LineTimerRow
from models.db.session import Database, new_id
from tests import factories
from tests.models.db.carrier_rules.test_carrier_rules import company, row
from workflows.order_type_registry import order_type

__all__ = ["company"]  # the fixture
NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)
ENDED_ON = date(2026, 11, 19)


async def _window(database: Database, *, status: str = "disconnected", timer: dict[str, Any] | None = None) -> Any:
    """Of a line that was disconnected on November 19; since November 25 its carrier reconnects for ten days only."""
    order = await factories.create_order(database, factories.OrderSpec(type=order_type("SERVICE_TERMINATE")))
    async with database.transaction() as session:
        await carrier_rules.add(session, row("10", valid_from=date(2026, 11, 25)))
        line_id = await factories.create_line(session, status=status, disconnected_on=ENDED_ON)
        if timer is not None:
            known: dict[str, Any] = {"tenant": factories.TENANT, "id": new_id(), "kind": "recover_window"}
            known |= {"line_id": line_id, "order_id": order.id, "item_id": order.items[0].id, "rule_text": ""}
            known |= {"rule_source": "", "seq_offset": 1_000_000, "began_at": datetime(2026, 11, 19, 15, tzinfo=UTC)}
            session.add(LineTimerRow(**known | timer))
            await session.flush()
        line = await session.get_one(LineRow, (factories.TENANT, line_id))
        return (await recover_windows.load(session, factories.TENANT, [line], NOW)).get(line_id, "nothing")


@pytest.mark.parametrize("status", ["disconnected", "pending"])
async def test_a_line_without_a_timer_keeps_the_days_of_the_day_it_was_disconnected(
    company: Database, status: str
) -> None:
    assert await _window(company, status=status) == ENDED_ON + timedelta(days=50)


@pytest.mark.parametrize(
    "state", [{"state": "running"}, {"state": "ended", "ended_at": NOW, "outcome": "stopped"}], ids=["running", "ended"]
)
async def test_a_line_that_is_being_reconnected_keeps_what_its_timer_said(
    company: Database, state: dict[str, Any]
) -> None:
    timer = {"last_day": date(2026, 12, 19), **state}
    assert await _window(company, status="pending", timer=timer) == date(2026, 12, 19)


async def test_what_a_carrier_didnt_publish_then_stays_unknown(company: Database) -> None:
    assert await _window(company, timer={"last_day": None}) is None


async def test_the_timer_of_an_earlier_time_doesnt_count(company: Database) -> None:
    earlier = {
        "began_at": datetime(2026, 8, 1, tzinfo=UTC),
        "last_day": date(2026, 9, 20),
        "state": "ended",
        "ended_at": datetime(2026, 8, 9, tzinfo=UTC),
    }
    assert await _window(company, timer=earlier) == ENDED_ON + timedelta(days=50)


async def test_a_line_in_service_has_no_last_day(company: Database) -> None:
    assert await _window(company, status="active") == "nothing"
