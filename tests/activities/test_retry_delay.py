"""An activity waits as long as the carrier requests, and never shorter than its retry policy requires."""

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.retry_delay import requested_delay
from workflows.activity_options import carrier_activity

POLICY = carrier_activity("northwind", "place")["retry_policy"]


@pytest.mark.parametrize(("attempt", "requested", "delay"), [
    (1, None, None), (1, 0.0, None), (1, 5.0, 5), (3, 5.0, 5), (4, 5.0, None), (14, 5.0, None), (14, 600.0, 600),
    (100, 301.0, 301),
])  # fmt: skip
def test_a_carrier_can_prolong_the_delay_but_not_shorten_it(
    attempt: int, requested: float | None, delay: float | None
) -> None:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt, retry_policy=POLICY)
    assert environment.run(requested_delay, requested) == (None if delay is None else timedelta(seconds=delay))
