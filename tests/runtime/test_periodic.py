import asyncio
from datetime import timedelta

from structlog.testing import capture_logs

from runtime.periodic import FailureLog, jittered, run_periodically


async def test_only_the_first_failure_and_the_recovery_are_logged() -> None:
    results = iter([None, OSError("gone"), OSError("gone"), None, None])

    async def work() -> None:
        if error := next(results):
            raise error

    failures = FailureLog("check_failed", "check_recovered", carrier="bell")
    with capture_logs() as logs:
        assert [await failures.run(work) for _ in range(5)] == [True, False, False, True, True]
    assert [(line["event"], line["carrier"]) for line in logs] == [
        ("check_failed", "bell"),
        ("check_recovered", "bell"),
    ]
    assert logs[0]["error"] == "OSError: gone"


async def test_work_repeats_after_a_failure() -> None:
    runs = asyncio.Semaphore(0)

    async def work() -> None:
        runs.release()
        raise OSError

    task = asyncio.create_task(
        run_periodically(work, every=timedelta(0), failures=FailureLog("check_failed", "check_recovered"))
    )
    async with asyncio.timeout(10):
        for _ in range(3):
            await runs.acquire()
    task.cancel()


def test_a_delay_varies_by_half() -> None:
    delays = [jittered(timedelta(seconds=10)) for _ in range(100)]
    assert timedelta(seconds=5) <= min(delays) < max(delays) <= timedelta(seconds=15)
