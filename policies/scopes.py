"""The scopes of API tokens: they limit the rights of the token's owner and never add to them."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from policies.access import READ_ONLY, SELF_SERVICE, Right


class TokenScope(StrEnum):
    """STEP_UP grants no right: it stands in for a recent second factor."""

    READ = "read"
    ORDER = "order"
    APPROVE = "approve"
    ADMIN = "admin"
    STEP_UP = "step_up"


ALL_SCOPES: frozenset[TokenScope] = frozenset(TokenScope)

# Rights that no token has: they require a signed-in browser session.
BROWSER_ONLY: frozenset[Right] = (SELF_SERVICE - {Right.ATTESTATION_GIVE}) | {
    Right.PERSON_LOOK_UP,
    Right.PERSON_CREATE,
    Right.PERSON_RESET,
    Right.PERSON_USER_NAME,
    Right.PERSON_GRANT,
    Right.PERSON_CHANGE,
    Right.IMPORT_APPLY,
    Right.PAYLOAD_READ,
    Right.CARRIER_ACCOUNT_SECURE,
    Right.COMPANY_CHANGE,
    Right.LEAVE_START,
    Right.LEAVE_CHOOSE,
    Right.LEAVE_CANCEL,
}

_ADMIN = frozenset(
    {
        Right.ORDER_HISTORY,
        Right.ORDER_REPAIR,
        Right.ORDER_RECOVER,
        Right.LINE_REPAIR,
        Right.TASK_SETTLE,
        Right.ANNOUNCEMENT_POST,
        Right.CONSENT_TEXT_PUBLISH,
        Right.EMAIL_SWITCH_READ,
        Right.EMAIL_SWITCH_CHANGE,
        Right.CARRIER_RULE_ADD,
        Right.IMPORT_READ,
        Right.IMPORT_CHECK,
        Right.CARRIER_ACCOUNT_CHANGE,
        Right.SITE_CHANGE,
        Right.KIT_CHANGE,
        Right.RECONCILIATION_RUN,
        Right.ACCOUNT_PROTECT,
        Right.AUDIT_READ,
    }
)

SCOPES: Mapping[TokenScope, frozenset[Right]] = MappingProxyType(
    {
        TokenScope.READ: READ_ONLY - _ADMIN - BROWSER_ONLY,
        TokenScope.ORDER: frozenset(
            {
                Right.ORDER_SUBMIT,
                Right.ORDER_FOR_ANYBODY,
                Right.ORDER_ANSWER,
                Right.ORDER_WITHDRAW,
                Right.ORDER_CANCEL,
                Right.ORDER_CANCEL_AT_CARRIER,
                Right.ORDER_ACTIVATE,
                Right.ORDER_RESCHEDULE,
                Right.ATTESTATION_GIVE,
            }
        ),
        TokenScope.APPROVE: frozenset({Right.ORDER_DECIDE, Right.ORDER_REASSIGN}),
        TokenScope.ADMIN: _ADMIN,
        TokenScope.STEP_UP: frozenset(),
    }
)


def scope_allows(right: Right, scopes: Collection[TokenScope] | None) -> bool:
    """Whether a token with these scopes has the right; None: a browser session, which has all."""
    return scopes is None or any(right in SCOPES[scope] for scope in scopes)
