"""What a token is good for: scopes narrow the rights of the person it belongs to, never widen them."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from policies.access import READ_ONLY, SELF_SERVICE, Right


class Scope(StrEnum):
    """A part of what a person may do. STEP_UP gives no right: it stands in for a second factor given just now."""

    READ = "read"
    ORDER = "order"
    APPROVE = "approve"
    ADMIN = "admin"
    STEP_UP = "step_up"


EVERYTHING: frozenset[Scope] = frozenset(Scope)

# What no token opens: it takes a browser in which the person has signed in.
BROWSER_ONLY: frozenset[Right] = SELF_SERVICE | {Right.PERSON_LOOK_UP, Right.PERSON_CREATE, Right.PERSON_RESET}

_ADMIN = frozenset(
    {
        Right.ORDER_HISTORY,
        Right.ORDER_REPAIR,
        Right.ORDER_RECOVER,
        Right.LINE_REPAIR,
        Right.CASE_WORK,
        Right.NOTICE_PUBLISH,
        Right.AUDIT_READ,
        Right.PAYLOAD_READ,
    }
)

SCOPES: Mapping[Scope, frozenset[Right]] = MappingProxyType(
    {
        Scope.READ: READ_ONLY - _ADMIN - BROWSER_ONLY,
        Scope.ORDER: frozenset(
            {
                Right.ORDER_SUBMIT,
                Right.ORDER_FOR_ANYBODY,
                Right.ORDER_ANSWER,
                Right.ORDER_WITHDRAW,
                Right.ORDER_CANCEL,
                Right.ORDER_CANCEL_AT_CARRIER,
                Right.ORDER_ACTIVATE,
                Right.ORDER_RESCHEDULE,
                Right.ACCOUNT_BULK,
                Right.CASE_OPEN,
                Right.DRAFT_READ,
            }
        ),
        Scope.APPROVE: frozenset({Right.ORDER_DECIDE, Right.ORDER_REASSIGN}),
        Scope.ADMIN: _ADMIN,
        Scope.STEP_UP: frozenset(),
    }
)


def scope_allows(right: Right, scopes: Collection[Scope] | None) -> bool:
    """Whether a token with these scopes is good for a right; None: no token, but a browser signed in."""
    return scopes is None or any(right in SCOPES[scope] for scope in scopes)
