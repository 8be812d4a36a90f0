"""What a line shows of its last suspension, and until when its number can be recovered."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import col, update

from models.db.inventory.tables import LineRow
from models.db.line_timers.tables import LineTimerRow
from models.db.session import new_id
from tests.api.api_client import ApiTenant
from tests.api.inventory.test_suspensions import assigned_line, suspended

# In Chicago it is still January 8.
MIDNIGHT = datetime(2027, 1, 9, 5, 59, tzinfo=UTC)


async def shown(office: ApiTenant, line: str, holder: str) -> tuple[dict[str, Any], str]:
    """The line as the API returns it, and its page."""
    async with await office.client(holder) as client:
        details = (await client.get(f"/api/v1/lines/{line}")).json()
        page = (await client.get(f"/lines/{line}", headers={"Accept": "text/html"})).text
    return details, page


async def ended_line(office: ApiTenant, status: str, *, has_timer: bool = True, **timer: Any) -> tuple[str, str]:
    """A line that was disconnected on November 19, with its timer; its id, and the name of its holder."""
    line, holder = await assigned_line(office)
    order = await office.order()
    async with office.database.transaction() as session:
        ended = {"status": status, "disconnected_on": date(2026, 11, 19)}
        await session.exec(update(LineRow).where(col(LineRow.id) == line).values(**ended))
        if has_timer:
            known: dict[str, Any] = {"tenant": "acme", "id": new_id(), "kind": "recover_window", "line_id": line}
            known |= {"order_id": order["id"], "item_id": "1", "began_at": datetime(2026, 11, 19, 15, tzinfo=UTC)}
            known |= {"seq_offset": 1_000_000, "rule_text": "", "rule_source": "", "last_day": date(2026, 12, 19)}
            session.add(LineTimerRow(**known | timer))
    return line, holder


@pytest.mark.parametrize(
    ("has_timer", "last_day", "text"),
    [(True, "2026-12-19", "Sat, Dec 19, 2026"), (False, "2027-01-08", "Fri, Jan 8, 2027")],
    ids=["as planned when it ended", "by the rule of today"],
)
async def test_a_disconnected_line_shows_until_when_its_number_can_be_recovered(
    office: ApiTenant, last_day: str, text: str, *, has_timer: bool
) -> None:
    details, page = await shown(office, *await ended_line(office, "disconnected", has_timer=has_timer))
    assert (details["disconnected_on"], details["recoverable_until"]) == ("2026-11-19", last_day)
    assert (details["suspension"], details["given_up_on"]) == (None, None)
    assert f"Thu, Nov 19, 2026<br>The number can be recovered until {text}." in page


async def test_a_line_whose_carrier_publishes_nothing_shows_no_last_day(office: ApiTenant) -> None:
    details, page = await shown(office, *await ended_line(office, "disconnected", last_day=None))
    assert (details["disconnected_on"], details["recoverable_until"]) == ("2026-11-19", None)
    assert "can be recovered until" not in page


async def test_the_page_of_a_line_does_not_offer_to_resume_it_once_its_days_are_over(office: ApiTenant) -> None:
    line, holder = await ended_line(office, "disconnected", last_day=date(2020, 1, 1))
    async with await office.client(holder) as client:
        actions = (await client.get(f"/api/v1/lines/{line}/actions")).json()
    codes = {one["code"] for one in actions if one["type"] == "SERVICE_RESUME"}
    assert codes == {"RESUME_WINDOW_CLOSED"}


async def test_an_ended_line_shows_when_its_number_was_given_up(office: ApiTenant) -> None:
    over: dict[str, Any] = {"state": "ended", "outcome": "given_up", "ended_at": MIDNIGHT}
    details, page = await shown(office, *await ended_line(office, "terminated", **over))
    assert (details["recoverable_until"], details["given_up_on"]) == (None, "2027-01-08")
    assert "This number was given up on Fri, Jan 8, 2027." in page


@pytest.mark.parametrize(
    ("outcome", "text"),
    [("reconnected", "; resumed automatically."), ("resumed", "; resumed as planned.")],
)
async def test_a_line_shows_how_its_last_suspension_ended(office: ApiTenant, outcome: str, text: str) -> None:
    over = {"state": "ended", "outcome": outcome, "ended_at": MIDNIGHT}
    details, page = await shown(office, *await suspended(office, **over))
    assert details["suspension"] is None
    assert (details["last_suspension"]["outcome"], details["last_suspension"]["ended_by"]) == (outcome, None)
    assert "Sun, Nov 1, 2026, 9:00 AM to Fri, Jan 8, 2027, 11:59 PM (vacation), by order" in page
    assert text in page


async def test_a_line_shows_which_order_resumed_it(office: ApiTenant) -> None:
    order = await office.order()
    over = {"state": "ended", "outcome": "resumed_by_order", "ended_at": MIDNIGHT, "ended_by": order["id"]}
    details, page = await shown(office, *await suspended(office, **over))
    assert details["last_suspension"]["ended_by"] == order["number"]
    assert f'resumed by order <a href="/orders/{order["number"]}">' in page
