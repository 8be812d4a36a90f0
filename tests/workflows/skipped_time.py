"""Skips time on a time-skipping server."""

from datetime import timedelta

from temporalio.testing import WorkflowEnvironment


async def skip_days(time_skipping: WorkflowEnvironment, days: float) -> None:
    """A day at a time: a call to the server ends after 30 seconds, whatever the workflows have done until then."""
    whole, rest = divmod(days, 1)
    for part in (*(1.0,) * int(whole), rest):
        await time_skipping.sleep(timedelta(days=part))
