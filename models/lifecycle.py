"""The states of orders and items, what may be done in each, and how items add up to an order."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from models.errors import IllegalTransition, OrderClosed


class Status(StrEnum):
    """Where an order stands. Public in the API; words are only ever added."""

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
        """Whether the order has ended: nothing can be done to it any more."""
        return self in FINAL


class ItemState(StrEnum):
    """Where one item of an order stands."""

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
    REFUSED = "refused"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def final(self) -> bool:
        """Whether the item has ended. FAILED is open: an operator acts."""
        return self in {ItemState.DONE, ItemState.REFUSED, ItemState.CANCELED}


class Action(StrEnum):
    """What people and carriers may do to an order that runs."""

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


class Event(StrEnum):
    """What can happen to an order; each word is one kind of history entry and, where it matters, one mail."""

    RECEIVED = "received"
    APPROVAL_NEEDED = "approval_needed"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    INFO_REQUESTED = "info_requested"
    INFO_PROVIDED = "info_provided"
    APPROVED_BY = "approved_by"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REASSIGNED = "reassigned"
    SCHEDULED = "scheduled"
    HELD = "held"
    RESERVED = "reserved"
    WITHDRAWN = "withdrawn"
    CANCEL_REQUESTED = "cancel_requested"
    CANCEL_DECLINED = "cancel_declined"
    CANCELED = "canceled"
    SUBMITTING = "submitting"
    PLACED = "placed"
    PROGRESS = "progress"
    VENDOR_INFO_REQUIRED = "vendor_info_required"
    BACKORDERED = "backordered"
    SHIPPED = "shipped"
    ACTIVATION_NEEDED = "activation_needed"
    ACTIVATION_SENT = "activation_sent"
    ITEM_DONE = "item_done"
    COMPLETED = "completed"
    PARTIALLY_FULFILLED = "partially_fulfilled"
    VENDOR_REJECTED = "vendor_rejected"
    FAILED = "failed"
    RETRIED = "retried"
    COMPLETED_MANUALLY = "completed_manually"
    MESSAGE_REFUSED = "message_refused"
    SUSPENSION_ENDING = "suspension_ending"
    RESUME_REQUESTED = "resume_requested"
    RESUME_FAILED = "resume_failed"
    LINE_RESUMED = "line_resumed"
    LINE_DISCONNECTED = "line_disconnected"


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
_ENDS_WITH_CARRIER = frozenset(
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

# An order can fail, and be taken up again by an operator, at every step; so FAILED leads back anywhere.
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
                Status.SCHEDULED,
                Status.ON_HOLD,
                Status.SUBMITTING,
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
        Status.SUBMITTING: _WITH_CARRIER | _ENDS_WITH_CARRIER | {Status.ON_HOLD},
        **{status: (_WITH_CARRIER | _ENDS_WITH_CARRIER) - {status} for status in _WITH_CARRIER},
        Status.FAILED: _BEFORE_CARRIER
        | _WITH_CARRIER
        | (_ENDS_WITH_CARRIER - {Status.FAILED})
        | {Status.VALIDATING, Status.WITHDRAWN, Status.REJECTED},
        **{status: frozenset() for status in FINAL},
    }
)

_PEOPLE_DECIDE = frozenset(
    {
        Action.APPROVE,
        Action.REJECT,
        Action.REQUEST_INFO,
        Action.REASSIGN,
        Action.CANCEL,
    }
)

ACTIONS: Mapping[Status, frozenset[Action]] = MappingProxyType(
    {
        Status.DRAFT: frozenset(),
        Status.VALIDATING: frozenset({Action.CANCEL}),
        Status.AWAITING_APPROVAL: _PEOPLE_DECIDE,
        Status.INFO_REQUESTED: frozenset({Action.PROVIDE_INFO, Action.CANCEL}),
        Status.APPROVED: frozenset({Action.CANCEL}),
        Status.SCHEDULED: frozenset({Action.CANCEL, Action.RESCHEDULE}),
        Status.ON_HOLD: frozenset({Action.CANCEL}),
        Status.SUBMITTING: frozenset({Action.CANCEL}),
        Status.IN_FULFILLMENT: frozenset({Action.CANCEL}),
        Status.VENDOR_INFO_REQUIRED: frozenset({Action.PROVIDE_INFO, Action.CANCEL}),
        Status.BACKORDERED: frozenset({Action.CANCEL}),
        Status.SHIPPED: frozenset({Action.CANCEL, Action.ACTIVATE}),
        Status.AWAITING_ACTIVATION: frozenset({Action.ACTIVATE, Action.CANCEL}),
        Status.CANCEL_REQUESTED: frozenset(),
        Status.FAILED: frozenset({Action.RETRY, Action.COMPLETE_MANUALLY, Action.CANCEL}),
        **{status: frozenset() for status in FINAL},
    }
)

WAITS_FOR: Mapping[Status, str] = MappingProxyType(
    {
        Status.DRAFT: "requester",
        Status.VALIDATING: "dialtone",
        Status.AWAITING_APPROVAL: "approver",
        Status.INFO_REQUESTED: "requester",
        Status.APPROVED: "dialtone",
        Status.SCHEDULED: "date",
        Status.ON_HOLD: "other_order",
        Status.SUBMITTING: "dialtone",
        Status.IN_FULFILLMENT: "carrier",
        Status.VENDOR_INFO_REQUIRED: "requester",
        Status.BACKORDERED: "carrier",
        Status.SHIPPED: "carrier",
        Status.AWAITING_ACTIVATION: "beneficiary",
        Status.CANCEL_REQUESTED: "carrier",
        Status.FAILED: "operator",
    }
)

# TMF622 v4.0.0 names for the same states, for systems that speak that vocabulary.
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
    """Move to `target`, or raise IllegalTransition. Staying where one is, is always legal."""
    if target != current and target not in TRANSITIONS[current]:
        raise IllegalTransition(f"An order that is {current} cannot become {target}.")
    return target


def actions_for(status: Status) -> frozenset[Action]:
    """What may be done to an order in this status, whoever asks."""
    return ACTIONS[status]


def require(action: Action, status: Status) -> None:
    """Raise unless `action` is legal in `status`: OrderClosed at the end, else IllegalTransition."""
    if action in ACTIONS[status]:
        return
    if status.final:
        raise OrderClosed(f"The order has ended: {status}.")
    raise IllegalTransition(f"Cannot {action} while the order is {status}.")


def waits_for(status: Status) -> str:
    """Who or what must act before an order in this status goes on; empty when it has ended."""
    return WAITS_FOR.get(status, "")


def fold(states: Collection[ItemState]) -> Status:
    """The status of a placed order, from the states of its items (at least one); any mix has an answer."""
    if all(state.final for state in states):
        return _ended(frozenset(states))
    running = frozenset(state for state in states if not state.final)
    for state, status in _MOST_URGENT_FIRST:
        if state in running:
            return status
    if running == {ItemState.BACKORDERED}:
        return Status.BACKORDERED
    if running == {ItemState.SHIPPED}:
        return Status.SHIPPED
    return Status.IN_FULFILLMENT


def _ended(states: frozenset[ItemState]) -> Status:
    if states == {ItemState.DONE}:
        return Status.COMPLETED
    if states == {ItemState.CANCELED}:
        return Status.CANCELED
    if ItemState.DONE in states:
        return Status.PARTIALLY_FULFILLED
    return Status.VENDOR_REJECTED


_MOST_URGENT_FIRST = (
    (ItemState.FAILED, Status.FAILED),
    (ItemState.CANCELING, Status.CANCEL_REQUESTED),
    (ItemState.PENDING, Status.SUBMITTING),
    (ItemState.RESERVED, Status.SUBMITTING),
    (ItemState.INFO_REQUIRED, Status.VENDOR_INFO_REQUIRED),
    (ItemState.AWAITING_ACTIVATION, Status.AWAITING_ACTIVATION),
)
