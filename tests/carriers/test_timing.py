import pytest
from prometheus_client import REGISTRY

from carriers.timing import timed_call
from models.errors import CarrierDeclined, CarrierUnavailable


def count(outcome: str) -> float:
    labels = {"carrier": "bell", "call": "status", "outcome": outcome}
    return REGISTRY.get_sample_value("dialtone_carrier_call_seconds_count", labels) or 0


def test_a_call_is_timed_as_done() -> None:
    before = count("done")
    with timed_call("bell", "status"):
        pass
    assert count("done") == before + 1


@pytest.mark.parametrize(
    ("error", "outcome"), [(CarrierDeclined("No."), "declined"), (CarrierUnavailable("Down."), "failed")]
)
def test_a_failed_call_is_timed_by_its_error(error: Exception, outcome: str) -> None:
    before = count(outcome)
    with pytest.raises(type(error)), timed_call("bell", "status"):
        raise error
    assert count(outcome) == before + 1
