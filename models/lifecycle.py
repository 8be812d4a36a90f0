"""The statuses of orders and items, the actions each allows, and the status of an order from its items."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from models.errors import ActionNotAllowed, OrderClosed


class Status(StrEnum):
    """The status of an order. Public in the API; values are only added, never changed."""

    DRAFT = "DRAFT"
    VALIDATING = "VALIDATING"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    INFO_REQUESTED = "INFO_REQUESTED"
    APPROVED = "APPROVED"
    SCHEDULED = "SCHEDULED"
    ON_HOLD = "ON_HOLD"
    SUBMITTING = "SUBMITTING"
    IN_FULFILLMENT = "IN_FULFILLMENT"
    VENDOR_INFO_REQUIRED = "VENDOR_INFO_REQUIRED"
    BACKORDERED = "BACKORDERED"
    SHIPPED = "SHIPPED"
    AWAITING_ACTIVATION = "AWAITING_ACTIVATION"
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    FAILED = "FAILED"
    COMPLETED = "COMPLETED"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    VENDOR_REJECTED = "VENDOR_REJECTED"

    @property
    def final(self) -> bool:
        """Whether the order has ended and takes no more actions."""
        return self in FINAL


class ItemState(StrEnum):
    PENDING = "pending"
    RESERVED = "reserved"
    PLACED = "placed"
    IN_FULFILLMENT = "in_fulfillment"
    INFO_REQUIRED = "info_required"
    BACKORDERED = "backordered"
    SHIPPED = "shipped"
    AWAITING_ACTIVATION = "awaiting_activation"
    CANCELING = "canceling"
    DONE = "done"
    PARTLY_DONE = "partly_done"  # the carrier did a part of it, and refused the rest
    DECLINED = "declined"
    FAILED = "failed"
    CANCELED = "canceled"
    REFUSED = "refused"  # the carrier declined it, and takes it with other answers
    RETURNED = "returned"  # it was delivered, and went back

    @property
    def final(self) -> bool:
        """Whether the item has ended. FAILED has not: an operator acts."""
        return self.is_done or self in {ItemState.DECLINED, ItemState.CANCELED, ItemState.RETURNED}

    @property
    def is_done(self) -> bool:
        """Whether it has ended with what was ordered, or with a part of it."""
        return self in {ItemState.DONE, ItemState.PARTLY_DONE}


# An item ends so without what was ordered.
NOT_DELIVERED = frozenset({ItemState.DECLINED, ItemState.CANCELED, ItemState.RETURNED})


class Action(StrEnum):
    """What people can do to an open order."""

    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_INFO = "request_info"
    PROVIDE_INFO = "provide_info"
    REASSIGN = "reassign"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    ACTIVATE = "activate"
    RETRY = "retry"
    COMPLETE_MANUALLY = "complete_manually"
    PLACE_AGAIN = "place_again"
    CONFIRM_RECEIPT = "confirm_receipt"
    REPORT_NOT_RECEIVED = "report_not_received"
    START_RETURN = "start_return"
    KEEP_WAITING = "keep_waiting"
    CORRECT = "correct"
    RECEIVE = "receive"


# They open an order of their own, about goods of this one.
OPENS_ORDER = frozenset({Action.REPORT_NOT_RECEIVED, Action.START_RETURN})
# What people do only about a task.
TASK_ACTIONS = frozenset({Action.RETRY, Action.COMPLETE_MANUALLY, Action.PLACE_AGAIN, Action.RECEIVE})


class Party(StrEnum):  # who or what acts next on an order
    REQUESTER = "requester"
    BENEFICIARY = "beneficiary"
    APPROVER = "approver"
    OPERATOR = "operator"
    CARRIER = "carrier"
    DIALTONE = "dialtone"
    DATE = "date"
    OTHER_ORDER = "other_order"


FINAL = frozenset(
    {
        Status.COMPLETED,
        Status.PARTIALLY_FULFILLED,
        Status.REJECTED,
        Status.WITHDRAWN,
        Status.CANCELED,
        Status.EXPIRED,
        Status.VENDOR_REJECTED,
    }
)
# It ended without anything that was ordered.
CAME_TO_NOTHING = FINAL - {Status.COMPLETED, Status.PARTIALLY_FULFILLED}
BEFORE_APPROVAL = frozenset({Status.VALIDATING, Status.AWAITING_APPROVAL, Status.INFO_REQUESTED})
# Nothing was sent to the carrier.
NOT_SENT = BEFORE_APPROVAL | {Status.APPROVED, Status.SCHEDULED, Status.ON_HOLD}

_WITH_CARRIER = frozenset(
    {
        Status.IN_FULFILLMENT,
        Status.VENDOR_INFO_REQUIRED,
        Status.BACKORDERED,
        Status.SHIPPED,
        Status.AWAITING_ACTIVATION,
        Status.CANCEL_REQUESTED,
    }
)
_CARRIER_OUTCOMES = frozenset(
    {
        Status.COMPLETED,
        Status.PARTIALLY_FULFILLED,
        Status.VENDOR_REJECTED,
        Status.CANCELED,
        Status.FAILED,
    }
)
_BEFORE_CARRIER = frozenset(
    {
        Status.AWAITING_APPROVAL,
        Status.INFO_REQUESTED,
        Status.APPROVED,
        Status.SCHEDULED,
        Status.ON_HOLD,
        Status.SUBMITTING,
    }
)

# An order can fail at any step, and an operator can resume it there: FAILED leads back to every step.
TRANSITIONS: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.DRAFT: frozenset({Status.VALIDATING, Status.WITHDRAWN}),
        Status.VALIDATING: frozenset(
            {
                Status.AWAITING_APPROVAL,
                Status.APPROVED,
                Status.SCHEDULED,
                Status.SUBMITTING,
                Status.COMPLETED,
                Status.REJECTED,
                Status.WITHDRAWN,
                Status.FAILED,
            }
        ),
        Status.AWAITING_APPROVAL: frozenset(
            {
                Status.INFO_REQUESTED,
                Status.APPROVED,
                Status.REJECTED,
                Status.EXPIRED,
                Status.WITHDRAWN,
                Status.FAILED,
            }
        ),
        Status.INFO_REQUESTED: frozenset({Status.AWAITING_APPROVAL, Status.EXPIRED, Status.WITHDRAWN, Status.FAILED}),
        Status.APPROVED: frozenset(
            {
                Status.AWAITING_APPROVAL,
                Status.SCHEDULED,
                Status.ON_HOLD,
                Status.SUBMITTING,
                Status.IN_FULFILLMENT,
                Status.CANCELED,
                Status.COMPLETED,
                Status.PARTIALLY_FULFILLED,
                Status.FAILED,
            }
        ),
        Status.SCHEDULED: frozenset({Status.APPROVED, Status.CANCELED, Status.FAILED}),
        Status.ON_HOLD: frozenset(
            {
                Status.APPROVED,
                Status.SCHEDULED,
                Status.AWAITING_APPROVAL,
                Status.SUBMITTING,
                Status.WITHDRAWN,
                Status.CANCELED,
                Status.FAILED,
            }
        ),
        Status.SUBMITTING: _WITH_CARRIER | _CARRIER_OUTCOMES | {Status.ON_HOLD, Status.AWAITING_APPROVAL},
        # Once the carrier has done what it was asked, it may be sent another order, whatever it reported before.
        **{status: (_WITH_CARRIER | _CARRIER_OUTCOMES | {Status.SUBMITTING}) - {status} for status in _WITH_CARRIER},
        Status.CANCEL_REQUESTED: (_WITH_CARRIER | _CARRIER_OUTCOMES) - {Status.CANCEL_REQUESTED},
        Status.FAILED: _BEFORE_CARRIER
        | _WITH_CARRIER
        | (_CARRIER_OUTCOMES - {Status.FAILED})
        | {Status.VALIDATING, Status.WITHDRAWN, Status.REJECTED},
        **{status: frozenset() for status in FINAL},
    }
)

_APPROVAL_ACTIONS = frozenset(
    {
        Action.APPROVE,
        Action.REJECT,
        Action.REQUEST_INFO,
        Action.REASSIGN,
        Action.CANCEL,
    }
)

_GOODS_ACTIONS = frozenset(
    {
        *(Action.CANCEL, Action.ACTIVATE, Action.CONFIRM_RECEIPT, Action.KEEP_WAITING, Action.RECEIVE),
        *(Action.REPORT_NOT_RECEIVED, Action.START_RETURN),
    }
)
# The actions legal in each status, before anyone's rights are considered.
ACTIONS: Mapping[Status, frozenset[Action]] = MappingProxyType(
    {
        Status.DRAFT: frozenset(),
        Status.VALIDATING: frozenset({Action.CANCEL}),
        Status.AWAITING_APPROVAL: _APPROVAL_ACTIONS,
        Status.INFO_REQUESTED: frozenset({Action.PROVIDE_INFO, Action.CANCEL}),
        Status.APPROVED: frozenset({Action.CANCEL}),
        Status.SCHEDULED: frozenset({Action.CANCEL, Action.RESCHEDULE}),
        # Retrying checks again what the rules no longer allow.
        Status.ON_HOLD: frozenset({Action.CANCEL, Action.RETRY, Action.KEEP_WAITING}),
        Status.SUBMITTING: frozenset({Action.CANCEL}),
        Status.IN_FULFILLMENT: frozenset({Action.CANCEL, Action.PLACE_AGAIN, Action.KEEP_WAITING, Action.RECEIVE}),
        Status.VENDOR_INFO_REQUIRED: frozenset(
            {
                *(Action.PROVIDE_INFO, Action.CORRECT, Action.CANCEL),
                *(Action.PLACE_AGAIN, Action.KEEP_WAITING, Action.RECEIVE),
            }
        ),
        Status.BACKORDERED: frozenset({Action.CANCEL, Action.PLACE_AGAIN, Action.KEEP_WAITING, Action.RECEIVE}),
        Status.SHIPPED: _GOODS_ACTIONS,
        Status.AWAITING_ACTIVATION: _GOODS_ACTIONS,
        # A person who knows that the carrier has canceled the order completes that manually.
        Status.CANCEL_REQUESTED: frozenset({Action.KEEP_WAITING, Action.COMPLETE_MANUALLY}),
        Status.FAILED: frozenset({Action.RETRY, Action.COMPLETE_MANUALLY, Action.CANCEL, Action.RECEIVE}),
        **{status: frozenset() for status in FINAL},
    }
)

# Who or what acts next; an order that has ended has no entry.
WAITS_FOR: Mapping[Status, Party] = MappingProxyType(
    {
        Status.DRAFT: Party.REQUESTER,
        Status.VALIDATING: Party.DIALTONE,
        Status.AWAITING_APPROVAL: Party.APPROVER,
        Status.INFO_REQUESTED: Party.REQUESTER,
        Status.APPROVED: Party.DIALTONE,
        Status.SCHEDULED: Party.DATE,
        Status.ON_HOLD: Party.OTHER_ORDER,
        Status.SUBMITTING: Party.DIALTONE,
        Status.IN_FULFILLMENT: Party.CARRIER,
        Status.VENDOR_INFO_REQUIRED: Party.REQUESTER,
        Status.BACKORDERED: Party.CARRIER,
        Status.SHIPPED: Party.CARRIER,
        Status.AWAITING_ACTIVATION: Party.BENEFICIARY,
        Status.CANCEL_REQUESTED: Party.CARRIER,
        Status.FAILED: Party.OPERATOR,
    }
)
# The next step is Dialtone's own.
OWN_STATUSES = frozenset(status for status, party in WAITS_FOR.items() if party is Party.DIALTONE)

# The ProductOrder states of TMF622 v4.0.0.
TMF622_STATES: Mapping[Status, str] = MappingProxyType(
    {
        Status.DRAFT: "acknowledged",
        Status.VALIDATING: "acknowledged",
        Status.AWAITING_APPROVAL: "pending",
        Status.INFO_REQUESTED: "pending",
        Status.APPROVED: "pending",
        Status.SCHEDULED: "pending",
        Status.ON_HOLD: "held",
        Status.SUBMITTING: "inProgress",
        Status.IN_FULFILLMENT: "inProgress",
        Status.VENDOR_INFO_REQUIRED: "pending",
        Status.BACKORDERED: "held",
        Status.SHIPPED: "inProgress",
        Status.AWAITING_ACTIVATION: "inProgress",
        Status.CANCEL_REQUESTED: "assessingCancellation",
        Status.FAILED: "held",
        Status.COMPLETED: "completed",
        Status.PARTIALLY_FULFILLED: "partial",
        Status.REJECTED: "rejected",
        Status.WITHDRAWN: "cancelled",
        Status.CANCELED: "cancelled",
        Status.EXPIRED: "cancelled",
        Status.VENDOR_REJECTED: "failed",
    }
)


def advance(current: Status, target: Status) -> Status:
    """Return `target`, or raise ActionNotAllowed. Keeping the current status is always legal."""
    if target != current and target not in TRANSITIONS[current]:
        raise ActionNotAllowed(f"An order cannot go from {current} to {target}.")
    return target


def has_shipped(states: Collection[ItemState]) -> bool:
    """Whether one of these items is on its way, or has arrived and isn't completed."""
    return not {ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION}.isdisjoint(states)


def is_refused(states: Collection[ItemState]) -> bool:
    """Whether the carrier has refused every item that has not ended: then there is nothing to cancel there."""
    return {state for state in states if not state.final} == {ItemState.REFUSED}


_LEGAL_WHEN: Mapping[Action, str] = MappingProxyType(
    {
        Action.APPROVE: "You can approve only while the order is waiting for approval.",
        Action.REJECT: "You can reject only while the order is waiting for approval.",
        Action.REQUEST_INFO: "You can ask for more info only while the order is waiting for approval.",
        Action.PROVIDE_INFO: "You can answer only while the order needs info.",
        Action.REASSIGN: "You can reassign an approval only while the order is waiting for it.",
        Action.CANCEL: "A cancellation is already in progress.",
        Action.RESCHEDULE: "You can reschedule only while the order is waiting for its start date.",
        Action.ACTIVATE: "You can activate once the order is approved and delivered.",
        Action.RETRY: "You can retry only after a step has failed, or while the order is on hold.",
        Action.COMPLETE_MANUALLY: "You can mark an order as completed manually only after a step has failed.",
        Action.CORRECT: "You can correct an order only after the carrier has declined it because of an answer.",
        Action.KEEP_WAITING: "You can decide to keep waiting only once you're asked.",
        Action.PLACE_AGAIN: "You can place an order again only while the carrier has it and nothing has shipped.",
        Action.CONFIRM_RECEIPT: "You can confirm a delivery only while it's on its way.",
        Action.REPORT_NOT_RECEIVED: "You can report a delivery as missing only after it has shipped.",
        Action.RECEIVE: "You can confirm a device only while its order waits for it.",
        Action.START_RETURN: "You can start a return once the order has shipped.",
    }
)


def check_action(action: Action, status: Status) -> None:
    """Raise OrderClosed if the order has ended, ActionNotAllowed if `action` is not legal in `status`."""
    if status.final:
        raise OrderClosed("The order has ended and can't be changed.")
    if action not in ACTIONS[status]:
        raise ActionNotAllowed(_LEGAL_WHEN[action])


def status_from_items(states: Collection[ItemState]) -> Status:
    """The status of a placed order from the states of its items, of which there is at least one."""
    running = {state for state in states if not state.final}
    if not running:
        return _final_status(set(states))
    for state, status in _BY_PRECEDENCE:
        if state in running:
            return status
    (alike, *others) = running
    return Status.IN_FULFILLMENT if others else _OF_ALL.get(alike, Status.IN_FULFILLMENT)


def _final_status(states: set[ItemState]) -> Status:
    if states == {ItemState.DONE}:
        return Status.COMPLETED
    if states <= {ItemState.CANCELED, ItemState.RETURNED}:
        return Status.CANCELED
    return Status.PARTIALLY_FULFILLED if any(state.is_done for state in states) else Status.VENDOR_REJECTED


_BY_PRECEDENCE = (
    (ItemState.FAILED, Status.FAILED),
    (ItemState.CANCELING, Status.CANCEL_REQUESTED),
    (ItemState.PENDING, Status.SUBMITTING),
    (ItemState.RESERVED, Status.SUBMITTING),
    (ItemState.INFO_REQUIRED, Status.VENDOR_INFO_REQUIRED),
    (ItemState.REFUSED, Status.VENDOR_INFO_REQUIRED),
    (ItemState.AWAITING_ACTIVATION, Status.AWAITING_ACTIVATION),
)
_OF_ALL = {ItemState.BACKORDERED: Status.BACKORDERED, ItemState.SHIPPED: Status.SHIPPED}
