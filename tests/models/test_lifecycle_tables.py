"""The lifecycle written out by hand, every cell, and compared with `models.lifecycle`."""

import itertools

import pytest

from models.lifecycle import ACTIONS, TMF622_STATES, TRANSITIONS, WAITS_FOR, Action, Status

STATUSES = {
    "D": "DRAFT",
    "V": "VALIDATING",
    "A": "AWAITING_APPROVAL",
    "I": "INFO_REQUESTED",
    "P": "APPROVED",
    "S": "SCHEDULED",
    "H": "ON_HOLD",
    "U": "SUBMITTING",
    "F": "IN_FULFILLMENT",
    "N": "VENDOR_INFO_REQUIRED",
    "B": "BACKORDERED",
    "G": "SHIPPED",
    "T": "AWAITING_ACTIVATION",
    "R": "CANCEL_REQUESTED",
    "X": "FAILED",
    "c": "COMPLETED",
    "p": "PARTIALLY_FULFILLED",
    "r": "REJECTED",
    "w": "WITHDRAWN",
    "k": "CANCELED",
    "e": "EXPIRED",
    "v": "VENDOR_REJECTED",
}

# From the status of the row to the status of the column; x is legal.
LEGAL_TRANSITIONS = """
                      D V   A I P S H   U   F N B G T R   X   c p r w k e v
DRAFT                 . x   . . . . .   .   . . . . . .   .   . . . x . . .
VALIDATING            . .   x . x x .   x   . . . . . .   x   x . x x . . .
AWAITING_APPROVAL     . .   . x x . .   .   . . . . . .   x   . . x x . x .
INFO_REQUESTED        . .   x . . . .   .   . . . . . .   x   . . . x . x .
APPROVED              . .   x . . x x   x   x . . . . .   x   x x . . x . .
SCHEDULED             . .   . . x . .   .   . . . . . .   x   . . . . x . .
ON_HOLD               . .   x . x x .   x   . . . . . .   x   . . . x x . .
SUBMITTING            . .   x . . . x   .   x x x x x x   x   x x . . x . x
IN_FULFILLMENT        . .   . . . . .   x   . x x x x x   x   x x . . x . x
VENDOR_INFO_REQUIRED  . .   . . . . .   x   x . x x x x   x   x x . . x . x
BACKORDERED           . .   . . . . .   x   x x . x x x   x   x x . . x . x
SHIPPED               . .   . . . . .   x   x x x . x x   x   x x . . x . x
AWAITING_ACTIVATION   . .   . . . . .   x   x x x x . x   x   x x . . x . x
CANCEL_REQUESTED      . .   . . . . .   .   x x x x x .   x   x x . . x . x
FAILED                . x   x x x x x   x   x x x x x x   .   x x x x x . x
COMPLETED             . .   . . . . .   .   . . . . . .   .   . . . . . . .
PARTIALLY_FULFILLED   . .   . . . . .   .   . . . . . .   .   . . . . . . .
REJECTED              . .   . . . . .   .   . . . . . .   .   . . . . . . .
WITHDRAWN             . .   . . . . .   .   . . . . . .   .   . . . . . . .
CANCELED              . .   . . . . .   .   . . . . . .   .   . . . . . . .
EXPIRED               . .   . . . . .   .   . . . . . .   .   . . . . . . .
VENDOR_REJECTED       . .   . . . . .   .   . . . . . .   .   . . . . . . .
"""

ACTION_COLUMNS = {
    "A": "approve",
    "R": "reject",
    "Q": "request_info",
    "P": "provide_info",
    "G": "reassign",
    "C": "cancel",
    "S": "reschedule",
    "V": "activate",
    "T": "retry",
    "M": "complete_manually",
    "L": "place_again",
    "E": "confirm_receipt",
    "N": "report_not_received",
    "B": "start_return",
    "D": "receive",
    "O": "correct",
    "W": "keep_waiting",
}

# The actions that are legal in each status; x is legal.
LEGAL_ACTIONS = """
                      A R Q G   P   C   S   V   T M L   E N B D O W
DRAFT                 . . . .   .   .   .   .   . . .   . . . . . .
VALIDATING            . . . .   .   x   .   .   . . .   . . . . . .
AWAITING_APPROVAL     x x x x   .   x   .   .   . . .   . . . . . .
INFO_REQUESTED        . . . .   x   x   .   .   . . .   . . . . . .
APPROVED              . . . .   .   x   .   .   . . .   . . . . . .
SCHEDULED             . . . .   .   x   x   .   . . .   . . . . . .
ON_HOLD               . . . .   .   x   .   .   x . .   . . . . . x
SUBMITTING            . . . .   .   x   .   .   . . .   . . . . . .
IN_FULFILLMENT        . . . .   .   x   .   .   . . x   . . . x . x
VENDOR_INFO_REQUIRED  . . . .   x   x   .   .   . . x   . . . x x x
BACKORDERED           . . . .   .   x   .   .   . . x   . . . x . x
SHIPPED               . . . .   .   x   .   x   . . .   x x x x . x
AWAITING_ACTIVATION   . . . .   .   x   .   x   . . .   x x x x . x
CANCEL_REQUESTED      . . . .   .   .   .   .   . x .   . . . . . x
FAILED                . . . .   .   x   .   .   x x .   . . . x . .
COMPLETED             . . . .   .   .   .   .   . . .   . . . . . .
PARTIALLY_FULFILLED   . . . .   .   .   .   .   . . .   . . . . . .
REJECTED              . . . .   .   .   .   .   . . .   . . . . . .
WITHDRAWN             . . . .   .   .   .   .   . . .   . . . . . .
CANCELED              . . . .   .   .   .   .   . . .   . . . . . .
EXPIRED               . . . .   .   .   .   .   . . .   . . . . . .
VENDOR_REJECTED       . . . .   .   .   .   .   . . .   . . . . . .
"""

# status: (who or what acts next, TMF622 state)
WAITING_AND_TMF622 = {
    "DRAFT": ("requester", "acknowledged"),
    "VALIDATING": ("dialtone", "acknowledged"),
    "AWAITING_APPROVAL": ("approver", "pending"),
    "INFO_REQUESTED": ("requester", "pending"),
    "APPROVED": ("dialtone", "pending"),
    "SCHEDULED": ("date", "pending"),
    "ON_HOLD": ("other_order", "held"),
    "SUBMITTING": ("dialtone", "inProgress"),
    "IN_FULFILLMENT": ("carrier", "inProgress"),
    "VENDOR_INFO_REQUIRED": ("requester", "pending"),
    "BACKORDERED": ("carrier", "held"),
    "SHIPPED": ("carrier", "inProgress"),
    "AWAITING_ACTIVATION": ("beneficiary", "inProgress"),
    "CANCEL_REQUESTED": ("carrier", "assessingCancellation"),
    "FAILED": ("operator", "held"),
    "COMPLETED": (None, "completed"),
    "PARTIALLY_FULFILLED": (None, "partial"),
    "REJECTED": (None, "rejected"),
    "WITHDRAWN": (None, "cancelled"),
    "CANCELED": (None, "cancelled"),
    "EXPIRED": (None, "cancelled"),
    "VENDOR_REJECTED": (None, "failed"),
}


def _cells(grid: str, columns: dict[str, str]) -> dict[tuple[str, str], bool]:
    """Each cell of a grid by the names of its row and its column."""
    header, *rows = [line.split() for line in grid.strip().splitlines()]
    return {
        (row, columns[letter]): {"x": True, ".": False}[cell]
        for row, *cells in rows
        for letter, cell in zip(header, cells, strict=True)
    }


TRANSITION_CELLS = _cells(LEGAL_TRANSITIONS, STATUSES)
ACTION_CELLS = _cells(LEGAL_ACTIONS, ACTION_COLUMNS)


def test_the_tables_have_every_cell() -> None:
    assert set(TRANSITION_CELLS) == set(itertools.product(Status, Status))
    assert set(ACTION_CELLS) == set(itertools.product(Status, Action))
    assert set(WAITING_AND_TMF622) == set(Status)


@pytest.mark.parametrize(("current", "target"), TRANSITION_CELLS)
def test_a_transition_is_legal_exactly_where_the_table_says(current: str, target: str) -> None:
    assert (target in TRANSITIONS[Status(current)]) is TRANSITION_CELLS[current, target]


@pytest.mark.parametrize(("status", "action"), ACTION_CELLS)
def test_an_action_is_legal_exactly_where_the_table_says(status: str, action: str) -> None:
    assert (action in ACTIONS[Status(status)]) is ACTION_CELLS[status, action]


@pytest.mark.parametrize("status", WAITING_AND_TMF622)
def test_each_status_waits_for_the_party_in_the_table(status: str) -> None:
    assert WAITS_FOR.get(Status(status)) == WAITING_AND_TMF622[status][0]


@pytest.mark.parametrize("status", WAITING_AND_TMF622)
def test_each_status_has_the_tmf622_state_in_the_table(status: str) -> None:
    assert TMF622_STATES[Status(status)] == WAITING_AND_TMF622[status][1]
