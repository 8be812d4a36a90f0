import pytest
from prometheus_client import REGISTRY

from carriers.timing import timed
from models.errors import CarrierRefused, CarrierUnavailable


class Adapter:
    code = "bell"

    @timed("status")
    async def status(self, error: Exception | None) -> str:
        if error:
            raise error
        return "shipped"


def count(outcome: str) -> float:
    labels = {"carrier": "bell", "call": "status", "outcome": outcome}
    return REGISTRY.get_sample_value("dialtone_carrier_call_seconds_count", labels) or 0


async def test_a_call_is_timed_as_done() -> None:
    before = count("done")
    assert await Adapter().status(None) == "shipped"
    assert count("done") == before + 1


@pytest.mark.parametrize(
    ("error", "outcome"), [(CarrierRefused("No."), "refused"), (CarrierUnavailable("Down."), "failed")]
)
async def test_a_failed_call_is_timed_by_its_error(error: Exception, outcome: str) -> None:
    before = count(outcome)
    with pytest.raises(type(error)):
        await Adapter().status(error)
    assert count(outcome) == before + 1
