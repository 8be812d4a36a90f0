"""How long an activity waits: as long as the carrier asks, never shorter than its policy has it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.retry_delay import retry_delay
from workflows.activity_options import carrier_activity

TRIES = carrier_activity("northwind", "place")["retry_policy"]


@pytest.mark.parametrize(("attempt", "asked", "waits"), [
    (1, None, None), (1, 0.0, None), (1, 5.0, 5), (3, 5.0, 5), (4, 5.0, None), (14, 5.0, None), (14, 600.0, 600),
    (100, 301.0, 301),
])  # fmt: skip
def test_a_carrier_prolongs_the_pause_and_never_shortens_it(
    attempt: int, asked: float | None, waits: float | None
) -> None:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt, retry_policy=TRIES)
    assert environment.run(retry_delay, asked) == (None if waits is None else timedelta(seconds=waits))
