"""The filter form above the admin's list of orders."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from api.orders.order_filters import OrderFilterForm


def test_days_are_in_the_tenant_s_time_zone_and_included() -> None:
    query = OrderFilterForm(since=date(2026, 10, 31), until=date(2026, 11, 1)).query("America/Chicago")
    assert query.since == datetime(2026, 10, 31, 5, tzinfo=UTC)
    assert query.until == datetime(2026, 11, 2, 6, tzinfo=UTC)  # daylight saving time ends that day


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_without_a_midnight_on_either_side_is_rejected(day: str) -> None:
    with pytest.raises(ValidationError):
        OrderFilterForm.model_validate({"until": day})
