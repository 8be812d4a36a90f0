"""What is offered about an order is what its workflow accepts."""

import pytest

from models.lifecycle import Action, ItemState, Status
from policies.possible_actions import is_possible
from tests.fixtures.office import MONDAY
from tests.workflows.golden_parts import order_of
from workflows.order_type_registry import order_type

pytestmark = pytest.mark.fault("8")
PLACED, SHIPPED, DONE = ItemState.PLACED, ItemState.SHIPPED, ItemState.DONE
ORDER = order_of(order_type("NEW_SERVICE_DEVICE").resolve({}))


@pytest.mark.parametrize(("action", "status", "states", "possible"), [
    (Action.PLACE_AGAIN, Status.IN_FULFILLMENT, [PLACED, DONE], True),
    (Action.PLACE_AGAIN, Status.IN_FULFILLMENT, [PLACED, SHIPPED], False),
    (Action.PLACE_AGAIN, Status.SHIPPED, [SHIPPED], False),
    (Action.PLACE_AGAIN, Status.SUBMITTING, [ItemState.PENDING], False),
    (Action.CANCEL, Status.IN_FULFILLMENT, [PLACED, PLACED], True),
    (Action.CANCEL, Status.IN_FULFILLMENT, [PLACED, SHIPPED], False),
    (Action.CANCEL, Status.IN_FULFILLMENT, [PLACED, DONE], False),
    (Action.CANCEL, Status.FAILED, [ItemState.FAILED, SHIPPED], True),
    (Action.CANCEL, Status.CANCEL_REQUESTED, [ItemState.CANCELING], False),
    (Action.RETRY, Status.FAILED, [ItemState.FAILED], True),
])  # fmt: skip
def test_an_action_is_possible_as_long_as_the_order_allows_it(
    action: Action, status: Status, states: list[ItemState], possible: bool
) -> None:
    assert is_possible(action, ORDER, status, states, MONDAY) is possible
