"""One row for every route: the right it takes, and what it is tried on. A new route needs exactly one row here.

The key is the method and the path as the route declares them. `right` is the row of `policies.access.TABLE` the answer
must follow; `on` names the thing in `tests/api/matrix/subjects.py` that fills the path's parameter (nothing: no single
thing is asked for). A route that nobody has to sign in for stands in `OPEN_TO_ALL`, with the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from policies.access import Right

DONE = frozenset({200, 201, 202, 204, 303})
# Past the door: what is asked for needs Temporal, which is nowhere in these tests, or another state of the order.
ASKED_OF_TEMPORAL = frozenset({409, 503})
UNKNOWN_THERE = frozenset({422})


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a route takes, and a request that is answered well where it is let in.

    `door` is the right the route itself asks for, where who may depends on more (how far an order is). `hidden`: the
    thing is not there for those who lack the right, even if they may read what it belongs to. `answers` are the
    statuses of a request that was let in, `elsewhere` those for another tenant, to whom things the body names do not
    exist.
    """

    right: Right
    on: str | None = None
    json: Mapping[str, Any] | None = None
    form: Mapping[str, Any] | None = None
    query: str = ""
    door: Right | None = None
    hidden: bool = False
    answers: frozenset[int] = field(default=DONE)
    elsewhere: frozenset[int] | None = None


PHONE = {
    "type": "NEW_SERVICE_DEVICE",
    "answers": {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True},
}
WHY = {"evidence": "Ticket 7."}
REASON = {"reason": "They asked, and were checked."}
NOTICE = {"title": "New phones", "text": "They are here."}
NINA = {"name": "Nina Lang", "email": "nina@acme.example.com", "employee_number": "A9001", "account": "{account}"}
TYPE = "/NEW_SERVICE_DEVICE"
READ, REPAIR, RECOVER = Right.ORDER_READ, Right.ORDER_REPAIR, Right.ORDER_RECOVER

API: Mapping[str, Row] = {
    "POST /orders": Row(right=Right.ORDER_SUBMIT, json=PHONE, query="?dry_run=true"),
    "GET /orders": Row(right=Right.ORDER_LIST, door=READ),
    "GET /orders/{ref}": Row(right=READ, on="order"),
    "GET /orders/{ref}/timeline": Row(right=READ, on="order"),
    "GET /orders/{ref}/events": Row(right=READ, on="order"),
    "GET /orders/{ref}/history": Row(right=Right.ORDER_HISTORY, on="order"),
    "POST /orders/{ref}/cancel": Row(
        right=Right.ORDER_WITHDRAW, door=Right.ORDER_CANCEL, on="order", json={"reason": "No."}
    ),
    "POST /orders/{ref}/info": Row(right=Right.ORDER_ANSWER, on="order", json={"answer": "Yes."}),
    "POST /orders/{ref}/activate": Row(right=Right.ORDER_ACTIVATE, on="order", json={}),
    "POST /orders/{ref}/reassign": Row(right=Right.ORDER_REASSIGN, on="order", json={"to_id": "{person}"}),
    "POST /orders/{ref}/reschedule": Row(right=Right.ORDER_RESCHEDULE, on="order", json={"effective_at": "2099-01-01"}),
    "POST /orders/{ref}/retry": Row(right=REPAIR, on="order", json={}),
    "POST /orders/{ref}/complete": Row(right=REPAIR, on="order", json=WHY),
    "POST /orders/{ref}/resume": Row(right=RECOVER, on="order", json=WHY, answers=ASKED_OF_TEMPORAL),
    "POST /orders/{ref}/start-again": Row(right=RECOVER, on="order", json=WHY, answers=ASKED_OF_TEMPORAL),
    "POST /orders/{ref}/close-books": Row(right=RECOVER, on="order", json=WHY, answers=ASKED_OF_TEMPORAL),
    "GET /admin/attention": Row(right=REPAIR),
    "POST /admin/messages/{action_id}/redeliver": Row(right=REPAIR, on="message", json=WHY),
    "POST /admin/mails/{mail_id}/redeliver": Row(right=REPAIR, on="mail", json=WHY),
    "GET /approvals": Row(right=Right.APPROVAL_LIST),
    "POST /approvals/{approval_id}/decision": Row(
        right=Right.ORDER_DECIDE, on="approval", json={"decision": "approve"}, hidden=True
    ),
    "GET /order-types": Row(right=Right.TYPE_READ),
    "GET /order-types/{code}": Row(right=Right.TYPE_READ, on="type"),
    "GET /lines": Row(right=Right.LINE_LIST, door=Right.LINE_READ),
    "GET /lines/{ref}": Row(right=Right.LINE_READ, on="line"),
    "GET /lines/{ref}/actions": Row(right=Right.LINE_READ, on="line"),
    "POST /lines/{ref}/suspension/retry": Row(right=Right.LINE_REPAIR, on="line", json=WHY),
    "POST /lines/{ref}/suspension/complete": Row(right=Right.LINE_REPAIR, on="line", json=WHY),
    "GET /devices": Row(right=Right.DEVICE_LIST, door=Right.DEVICE_READ),
    "GET /devices/{ref}": Row(right=Right.DEVICE_READ, on="device"),
    "GET /accounts": Row(right=Right.ACCOUNT_LIST),
    "GET /accounts/{ref}": Row(right=Right.ACCOUNT_READ, on="account"),
    "GET /accounts/{ref}/dashboard": Row(right=Right.ACCOUNT_READ, on="account"),
    "GET /catalog": Row(right=Right.CATALOG_READ),
    "GET /search": Row(right=Right.SEARCH, query="?q=jordan"),
    "GET /notices": Row(right=Right.NOTICE_READ),
    "POST /notices": Row(right=Right.NOTICE_PUBLISH, json=NOTICE),
    "POST /notices/{announcement_id}/withdraw": Row(right=Right.NOTICE_PUBLISH, on="notice"),
    "POST /notices/{announcement_id}/dismiss": Row(right=Right.NOTICE_READ, on="notice"),
    "GET /people": Row(right=Right.PERSON_LOOK_UP),
    "POST /people": Row(right=Right.PERSON_CREATE, json=NINA, elsewhere=UNKNOWN_THERE),
    "GET /people/{person_id}": Row(right=Right.PERSON_LOOK_UP, on="person"),
    "POST /people/{person_id}/user-name": Row(right=Right.PERSON_LOOK_UP, on="person"),
    "POST /people/{person_id}/reset-link": Row(right=Right.PERSON_RESET, on="person", json=REASON),
    "POST /people/{person_id}/reset-factor": Row(right=Right.PERSON_RESET, on="person", json=REASON),
    "GET /tokens": Row(right=Right.TOKEN_READ, door=Right.TOKEN_READ),
    "POST /tokens": Row(right=Right.TOKEN_CREATE, json={"name": "Report"}),
    "DELETE /tokens/{token_id}": Row(right=Right.TOKEN_REVOKE, on="token"),
    "GET /audit": Row(right=Right.AUDIT_READ),
}

PAGES: Mapping[str, Row] = {
    "GET /": Row(right=Right.ORDER_LIST, door=READ),
    "GET /orders": Row(right=Right.ORDER_LIST, door=READ),
    "GET /orders/{ref}": Row(right=READ, on="order"),
    "GET /orders/{ref}/live": Row(right=READ, on="order"),
    "POST /orders/{ref}/cancel": Row(
        right=Right.ORDER_WITHDRAW, door=Right.ORDER_CANCEL, on="order", form={"reason": "No."}
    ),
    "POST /orders/{ref}/answer": Row(right=Right.ORDER_ANSWER, on="order", form={"answer": "Yes."}),
    "POST /orders/{ref}/activate": Row(right=Right.ORDER_ACTIVATE, on="order", form={}),
    "POST /orders/{ref}/reschedule": Row(right=Right.ORDER_RESCHEDULE, on="order", form={"effective_at": "2099-01-01"}),
    "POST /orders/{ref}/retry": Row(right=REPAIR, on="order", form=WHY),
    "POST /orders/{ref}/complete": Row(right=REPAIR, on="order", form=WHY),
    "GET /admin": Row(right=REPAIR),
    "GET /admin/orders": Row(right=Right.ORDER_HISTORY),
    "GET /admin/orders/{ref}": Row(right=Right.ORDER_HISTORY, on="order"),
    "POST /admin/orders/{ref}/retry": Row(right=REPAIR, on="order", form=WHY),
    "POST /admin/orders/{ref}/complete_manually": Row(right=REPAIR, on="order", form=WHY),
    "POST /admin/orders/{ref}/cancel": Row(right=Right.ORDER_WITHDRAW, door=REPAIR, on="order", form=WHY),
    "POST /admin/orders/{ref}/resume": Row(right=RECOVER, on="order", form=WHY, answers=ASKED_OF_TEMPORAL),
    "POST /admin/orders/{ref}/start_again": Row(right=RECOVER, on="order", form=WHY, answers=ASKED_OF_TEMPORAL),
    "POST /admin/orders/{ref}/close_books": Row(right=RECOVER, on="order", form=WHY, answers=ASKED_OF_TEMPORAL),
    "POST /admin/lines/{ref}/ask_carrier": Row(right=Right.LINE_REPAIR, on="line", form=WHY),
    "POST /admin/lines/{ref}/line_resumed": Row(right=Right.LINE_REPAIR, on="line", form=WHY),
    "POST /admin/messages/{action_id}/redeliver": Row(right=REPAIR, on="message", form=WHY),
    "POST /admin/mails/{mail_id}/redeliver": Row(right=REPAIR, on="mail", form=WHY),
    "GET /search": Row(right=Right.SEARCH, query="?q=jordan"),
    "GET /accounts": Row(right=Right.ACCOUNT_LIST),
    "GET /accounts/{ref}": Row(right=Right.ACCOUNT_READ, on="account"),
    "GET /lines": Row(right=Right.LINE_LIST, door=Right.LINE_READ),
    "GET /lines/{ref}": Row(right=Right.LINE_READ, on="line"),
    "GET /devices": Row(right=Right.DEVICE_LIST, door=Right.DEVICE_READ),
    "GET /devices/{ref}": Row(right=Right.DEVICE_READ, on="device"),
    "GET /inbox": Row(right=Right.APPROVAL_LIST),
    "GET /inbox/{approval_id}": Row(right=Right.ORDER_DECIDE, on="approval", hidden=True),
    "POST /inbox/{approval_id}": Row(
        right=Right.ORDER_DECIDE, on="approval", form={"decision": "approve"}, hidden=True
    ),
    "GET /notices": Row(right=Right.NOTICE_READ),
    "POST /notices": Row(right=Right.NOTICE_PUBLISH, form=NOTICE),
    "POST /notices/{announcement_id}/withdraw": Row(right=Right.NOTICE_PUBLISH, on="notice", form={}),
    "POST /notices/{announcement_id}/dismiss": Row(right=Right.NOTICE_READ, on="notice", form={}),
    "GET /order": Row(right=Right.ORDER_SUBMIT),
    "GET /order/{code}": Row(right=Right.ORDER_SUBMIT, on="type"),
    "POST /order/{code}": Row(right=Right.ORDER_SUBMIT, on="type", form={"items": "1", "do": "save"}),
    "POST /order/{code}/sheet": Row(right=Right.ORDER_SUBMIT, on="type", form={"items": "1"}),
    "GET /order/{code}/review": Row(right=Right.ORDER_SUBMIT, on="type"),
    "POST /order/{code}/place": Row(right=Right.ORDER_SUBMIT, on="type", form={}),
    "POST /order/{code}/discard": Row(right=Right.ORDER_SUBMIT, on="type", form={}),
    "GET /step-up": Row(right=Right.PROFILE_READ),
    "POST /step-up": Row(right=Right.PROFILE_READ, form={"code": "0"}, answers=frozenset({401})),
    "GET /profile": Row(right=Right.PROFILE_READ),
    "GET /profile/password": Row(right=Right.PROFILE_CHANGE),
    "POST /profile/password": Row(right=Right.PROFILE_CHANGE, form={}, answers=frozenset({401})),
    "POST /profile/factor": Row(right=Right.PROFILE_CHANGE, form={}),
    "GET /profile/factor": Row(right=Right.PROFILE_CHANGE),
    "POST /profile/factor/confirm": Row(right=Right.PROFILE_CHANGE, form={}),
    "POST /profile/recovery-codes": Row(right=Right.PROFILE_CHANGE, form={}),
    "POST /profile/sessions/end-others": Row(right=Right.SESSION_READ, door=Right.SESSION_END, form={}),
    "POST /profile/sessions/{session_id}/end": Row(right=Right.SESSION_END, on="session", form={}, hidden=True),
    "GET /profile/tokens/new": Row(right=Right.TOKEN_CREATE),
    "POST /profile/tokens/new": Row(right=Right.TOKEN_CREATE, form={"name": "Report"}),
    "POST /profile/tokens/{token_id}/revoke": Row(right=Right.TOKEN_REVOKE, on="token", form={}),
    "GET /people": Row(right=Right.PERSON_LOOK_UP),
    "GET /people/new": Row(right=Right.PERSON_CREATE),
    "POST /people/new": Row(right=Right.PERSON_CREATE, form=NINA, elsewhere=UNKNOWN_THERE),
    "GET /people/{person_id}": Row(right=Right.PERSON_LOOK_UP, on="person"),
    "POST /people/{person_id}/user-name": Row(right=Right.PERSON_LOOK_UP, on="person", form={}),
    "GET /people/{person_id}/reset-link": Row(right=Right.PERSON_RESET, on="person"),
    "POST /people/{person_id}/reset-link": Row(right=Right.PERSON_RESET, on="person", form=REASON),
    "GET /people/{person_id}/reset-factor": Row(right=Right.PERSON_RESET, on="person"),
    "POST /people/{person_id}/reset-factor": Row(right=Right.PERSON_RESET, on="person", form=REASON),
    "POST /codec/decode": Row(right=Right.PAYLOAD_READ, json={}),
    "POST /codec/encode": Row(right=Right.PAYLOAD_READ, json={}),
}

ROWS: Mapping[str, Row] = MappingProxyType(
    {route.replace(" ", " /api/v1", 1): row for route, row in API.items()} | dict(PAGES)
)

_PROVES = "whoever signs in is nobody yet"
_LINK = "the link in the mail is the proof"
OPEN_TO_ALL: Mapping[str, str] = MappingProxyType(
    {
        "GET /healthz": "load balancers ask",
        "GET /readyz": "load balancers ask",
        "POST /carriers/{code}/events": "signed by the carrier",
        "GET /approve/{signed}": _LINK,
        "GET /approvals/{approval_id}": _LINK,
        "POST /approvals/{approval_id}": _LINK,
        "POST /approvals/{approval_id}/fresh-link": _LINK,
        "GET /reset/{signed}": _LINK,
        "GET /reset": _LINK,
        "POST /reset": _LINK,
        "GET /forgot": _PROVES,
        "POST /forgot": _PROVES,
        **{f"{method} /sign-in{step}": _PROVES for method in ("GET", "POST")
           for step in ("", "/code", "/recovery", "/enroll", "/password")},
        "GET /sign-in/{secret}": "a door for development, closed elsewhere",
        "POST /sign-in/{secret}": "a door for development, closed elsewhere",
        "POST /sign-out": "ends what the browser holds, if it holds anything",
    }
)  # fmt: skip
