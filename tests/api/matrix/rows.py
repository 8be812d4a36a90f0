"""One row for every route: the right it takes and a request to test it with. A new route needs exactly one row here.

The key is the method and the path as the route declares them. `right` is the row of `policies.access.GRANTS` that the
response must follow; `on` names the object in `tests/api/matrix/subjects.py` that fills the path parameter, None for a
route without one. Routes that work without signing in are in `OPEN_TO_ALL`, with the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from policies.access import Right
from tests.api.matrix import bodies
from tests.api.matrix.bodies import BILLING, NEXT_WEEK, WHY

DONE = frozenset({200, 201, 202, 204, 303})
# Access was granted, but the action needs Temporal, which these tests don't have, or another status of the order.
# There is nothing to correct in an order that the carrier hasn't refused.
NOT_REFUSED = frozenset({422})
NEEDS_TEMPORAL = frozenset({409, 503})
NOT_SHIPPED = frozenset({409})  # access was granted, but nothing is on its way
NOT_ASKED = frozenset({409})  # access was granted, but nobody is asked for this version, or whether to wait
IN_PROGRESS = frozenset({409})  # access was granted, but the order hasn't ended
UNKNOWN_IN_TENANT = frozenset({422})
MAYBE_UNSEEN = frozenset({303, 422})  # found by those who manage the person


@dataclass(frozen=True, kw_only=True)
class Row:
    """A route's right, and a request that succeeds for everyone who has it.

    `route_right` is the right the route itself declares, if the required right depends on the order's status.
    `hidden`: without the right the object is not found, even for people who can read what it belongs to. `statuses`
    are the statuses of a request with access, `other_tenant` those for people of another tenant, where the objects
    that the body names don't exist.
    """

    right: Right
    on: str | None = None
    json: Mapping[str, Any] | None = None
    form: Mapping[str, Any] | None = None
    file: bytes | None = None
    query: str = ""
    route_right: Right | None = None
    hidden: bool = False
    statuses: frozenset[int] = field(default=DONE)
    other_tenant: frozenset[int] | None = None


TYPE = "/NEW_SERVICE_DEVICE"
READ, REPAIR, RECOVER = Right.ORDER_READ, Right.ORDER_REPAIR, Right.ORDER_RECOVER

API: Mapping[str, Row] = {
    "POST /orders": Row(right=Right.ORDER_SUBMIT, json=bodies.PHONE, query="?dry_run=true"),
    "GET /orders": Row(right=Right.ORDER_LIST, route_right=READ),
    "GET /orders/{ref}": Row(right=READ, on="order"),
    "GET /orders/{ref}/timeline": Row(right=READ, on="order"),
    "GET /orders/{ref}/events": Row(right=READ, on="order"),
    "GET /orders/{ref}/history": Row(right=Right.ORDER_HISTORY, on="order"),
    "POST /orders/{ref}/cancel": Row(
        right=Right.ORDER_WITHDRAW, route_right=Right.ORDER_CANCEL, on="order", json={"reason": "No."}
    ),
    "POST /orders/{ref}/info": Row(right=Right.ORDER_ANSWER, on="order", json={"answer": "Yes."}),
    "POST /orders/{ref}/activate": Row(right=Right.ORDER_ACTIVATE, on="order", json={}),
    "POST /orders/{ref}/confirm-receipt": Row(right=Right.ORDER_ACTIVATE, on="order", json={}),
    "POST /orders/{ref}/keep-waiting": Row(right=Right.ORDER_ANSWER, on="order", json={}, statuses=NOT_ASKED),
    "POST /orders/{ref}/correct": Row(right=Right.ORDER_ANSWER, on="order", json={"fields": {}}, statuses=NOT_REFUSED),
    "POST /orders/{ref}/start-return": Row(right=Right.ORDER_ACTIVATE, on="order", json={}, statuses=NOT_SHIPPED),
    "POST /orders/{ref}/report-not-received": Row(
        right=Right.ORDER_ACTIVATE, on="order", json={}, statuses=NOT_SHIPPED
    ),
    "POST /orders/{ref}/reassign": Row(right=Right.ORDER_REASSIGN, on="order", json={"to_id": "{person}"}),
    "POST /orders/{ref}/reschedule": Row(right=Right.ORDER_RESCHEDULE, on="order", json={"effective_at": NEXT_WEEK}),
    "GET /orders/{ref}/next-orders": Row(right=READ, on="order"),
    "POST /orders/{ref}/again": Row(right=Right.ORDER_SUBMIT, on="order", json={}, statuses=IN_PROGRESS),
    "POST /orders/{ref}/resume-workflow": Row(right=RECOVER, on="order", json=WHY, statuses=NEEDS_TEMPORAL),
    "POST /orders/{ref}/replay-messages": Row(right=RECOVER, on="order", json=WHY, statuses=NEEDS_TEMPORAL),
    "POST /orders/{ref}/restore-state": Row(right=RECOVER, on="order", json=WHY, statuses=NEEDS_TEMPORAL),
    "POST /orders/{ref}/end-workflow": Row(right=RECOVER, on="order", json=WHY, statuses=NEEDS_TEMPORAL),
    "POST /orders/{ref}/force-close": Row(right=RECOVER, on="order", json=WHY, statuses=NEEDS_TEMPORAL),
    "GET /admin/attention": Row(right=REPAIR),
    "POST /admin/workflows/{workflow_id}/end-workflow": Row(
        right=RECOVER, on="stray", json=WHY, statuses=NEEDS_TEMPORAL
    ),
    "POST /admin/messages/{action_id}/redeliver": Row(right=REPAIR, on="message", json=WHY),
    "POST /admin/emails/{email_id}/resend": Row(right=REPAIR, on="email", json=WHY),
    "POST /admin/emails/resend": Row(right=REPAIR, json=WHY),
    "GET /approvals": Row(right=Right.APPROVAL_LIST),
    "POST /approvals/{approval_id}/decision": Row(
        right=Right.ORDER_DECIDE, on="approval", json={"decision": "approve"}, hidden=True
    ),
    "GET /tasks": Row(right=Right.TASK_LIST),
    "GET /tasks/{task_id}": Row(right=Right.TASK_READ, on="task"),
    "POST /tasks/retry": Row(right=Right.TASK_SETTLE, json={"cause": "PLACE:GONE"}),
    "POST /tasks/{task_id}/settle": Row(right=Right.TASK_SETTLE, on="task", json=bodies.DONE_BY_HAND),
    "GET /order-types": Row(right=Right.TYPE_READ),
    "GET /order-types/{code}": Row(right=Right.TYPE_READ, on="type"),
    "GET /lines": Row(right=Right.LINE_LIST, route_right=Right.LINE_READ),
    "GET /lines/{ref}": Row(right=Right.LINE_READ, on="line"),
    "GET /lines/{ref}/actions": Row(right=Right.LINE_READ, on="line"),
    "GET /devices": Row(right=Right.DEVICE_LIST, route_right=Right.DEVICE_READ),
    "GET /devices/{ref}": Row(right=Right.DEVICE_READ, on="device"),
    "GET /devices/{ref}/actions": Row(right=Right.DEVICE_READ, on="device"),
    "GET /accounts": Row(right=Right.ACCOUNT_LIST),
    "GET /accounts/{ref}": Row(right=Right.ACCOUNT_READ, on="account"),
    "GET /accounts/{ref}/dashboard": Row(right=Right.ACCOUNT_READ, on="account"),
    "POST /accounts/{ref}/critical-numbers": Row(
        right=Right.ACCOUNT_PROTECT, on="account", json={"add": ["(312) 555-0142"]}
    ),
    "GET /attestations": Row(right=Right.ATTESTATION_LIST),
    "POST /attestations/accept": Row(right=Right.ATTESTATION_GIVE, json=bodies.ACCEPTED, statuses=NOT_ASKED),
    "GET /consent-texts/{question}": Row(right=Right.CONSENT_TEXT_READ, on="question"),
    "POST /consent-texts/{question}": Row(right=Right.CONSENT_TEXT_PUBLISH, on="question", json=bodies.CONSENT_TEXT),
    "GET /email-switches": Row(right=Right.EMAIL_SWITCH_READ),
    "POST /email-switches/{name}": Row(right=Right.EMAIL_SWITCH_CHANGE, on="switch", json={"on": False}),
    "GET /reconciliations": Row(right=Right.RECONCILIATION_READ),
    "POST /reconciliations": Row(
        right=Right.RECONCILIATION_RUN,
        file=bodies.REPORT_FILE,
        query="?carrier=northwind",
    ),
    "GET /reconciliations/example": Row(right=Right.RECONCILIATION_READ),
    "GET /reconciliations/{number}": Row(right=Right.RECONCILIATION_READ, on="report"),
    "GET /reconciliations/{number}/differences": Row(right=Right.RECONCILIATION_READ, on="report"),
    "GET /differences": Row(right=Right.RECONCILIATION_READ),
    "GET /drift": Row(right=Right.RECONCILIATION_READ),
    "POST /differences/{difference_id}/order": Row(right=Right.RECONCILIATION_RUN, on="difference", json={}),
    "POST /differences/{difference_id}/accept": Row(right=Right.RECONCILIATION_RUN, on="difference", json={}),
    "GET /sites": Row(right=Right.SITE_READ),
    "GET /sites/{site_id}": Row(right=Right.SITE_READ, on="site"),
    "POST /sites": Row(right=Right.SITE_CHANGE, json=bodies.SITE, other_tenant=UNKNOWN_IN_TENANT),
    "PUT /sites/{site_id}": Row(right=Right.SITE_CHANGE, on="site", json=bodies.SITE),
    "DELETE /sites/{site_id}": Row(right=Right.SITE_CHANGE, on="site"),
    "GET /kits": Row(right=Right.KIT_READ),
    "GET /kits/{kit_id}": Row(right=Right.KIT_READ, on="kit"),
    "POST /kits": Row(right=Right.KIT_CHANGE, json=bodies.KIT),
    "PUT /kits/{kit_id}": Row(right=Right.KIT_CHANGE, on="kit", json=bodies.KIT),
    "DELETE /kits/{kit_id}": Row(right=Right.KIT_CHANGE, on="kit"),
    "GET /carrier-accounts": Row(right=Right.CARRIER_ACCOUNT_READ),
    "GET /carrier-accounts/{carrier}/{number}": Row(right=Right.CARRIER_ACCOUNT_READ, on="billing"),
    "POST /carrier-accounts": Row(right=Right.CARRIER_ACCOUNT_CHANGE, json=BILLING, other_tenant=UNKNOWN_IN_TENANT),
    "PUT /carrier-accounts/{carrier}/{number}": Row(
        right=Right.CARRIER_ACCOUNT_CHANGE, on="billing", json=bodies.BILLING_CHANGE
    ),
    "PUT /carrier-accounts/{carrier}/{number}/credentials": Row(
        right=Right.CARRIER_ACCOUNT_SECURE, on="billing", json=bodies.CREDENTIALS
    ),
    "DELETE /carrier-accounts/{carrier}/{number}": Row(right=Right.CARRIER_ACCOUNT_CHANGE, on="billing"),
    "GET /carrier-rules": Row(right=Right.CARRIER_RULE_READ),
    "POST /carrier-rules": Row(right=Right.CARRIER_RULE_ADD, json=bodies.CARRIER_RULE),
    "GET /import-kinds": Row(right=Right.IMPORT_READ),
    "GET /import-kinds/{kind}/example": Row(right=Right.IMPORT_READ, on="import_kind"),
    "POST /import-kinds/{kind}/export": Row(right=Right.IMPORT_READ, on="import_kind"),
    "GET /imports": Row(right=Right.IMPORT_READ),
    "POST /imports": Row(right=Right.IMPORT_CHECK, file=bodies.ACCOUNTS_FILE, query="?kind=accounts"),
    "GET /imports/{number}": Row(right=Right.IMPORT_READ, on="import"),
    "GET /imports/{number}/rows": Row(right=Right.IMPORT_READ, on="import"),
    "POST /imports/{number}/apply": Row(right=Right.IMPORT_APPLY, on="import", json=bodies.DIGEST),
    "POST /imports/{number}/undo": Row(right=Right.IMPORT_APPLY, on="applied_import"),
    "GET /catalog": Row(right=Right.CATALOG_READ),
    "GET /search": Row(right=Right.SEARCH, query="?q=jordan"),
    "GET /announcements": Row(right=Right.ANNOUNCEMENT_READ),
    "POST /announcements": Row(right=Right.ANNOUNCEMENT_POST, json=bodies.ANNOUNCEMENT),
    "POST /announcements/{announcement_id}/remove": Row(right=Right.ANNOUNCEMENT_POST, on="announcement"),
    "POST /announcements/{announcement_id}/dismiss": Row(right=Right.ANNOUNCEMENT_DISMISS, on="announcement"),
    "GET /company": Row(right=Right.COMPANY_READ),
    "POST /company": Row(right=Right.COMPANY_CHANGE, json={"support_name": "IT Help Desk"}),
    "GET /people": Row(right=Right.PERSON_LOOK_UP),
    "POST /people": Row(right=Right.PERSON_CREATE, json=bodies.NINA, other_tenant=UNKNOWN_IN_TENANT),
    "GET /people/{person_id}": Row(right=Right.PERSON_LOOK_UP, on="person"),
    "POST /people/{person_id}/invite": Row(right=Right.PERSON_CREATE, on="uninvited"),
    "POST /people/{person_id}/details": Row(right=Right.PERSON_CHANGE, on="person", json={"title": "Clerk"}),
    "POST /people/{person_id}/roles": Row(right=Right.PERSON_GRANT, on="person", json=bodies.OWNER),
    "POST /people/{person_id}/cost-centers": Row(right=Right.PERSON_CHANGE, on="person", json=bodies.CENTERS),
    "GET /people/{person_id}/departure": Row(right=Right.PERSON_CHANGE, on="person"),
    "POST /people/{person_id}/deactivate": Row(right=Right.PERSON_CHANGE, on="person", json=bodies.REASON),
    "GET /people/{person_id}/no-show": Row(right=Right.PERSON_CHANGE, on="joiner"),
    "POST /people/{person_id}/no-show": Row(right=Right.PERSON_CHANGE, on="joiner", json={}),
    "POST /people/{person_id}/reactivate": Row(right=Right.PERSON_CHANGE, on="former", json=bodies.REASON),
    "POST /people/{person_id}/user-name": Row(right=Right.PERSON_USER_NAME, on="person"),
    "POST /people/{person_id}/reset-link": Row(right=Right.PERSON_RESET, on="person", json=bodies.REASON),
    "POST /people/{person_id}/reset-factor": Row(right=Right.PERSON_RESET, on="person", json=bodies.REASON),
    "GET /leaves": Row(right=Right.LEAVE_LIST),
    "GET /people/{person_id}/leave": Row(right=Right.LEAVE_READ, on="leaver"),
    "POST /people/{person_id}/leave": Row(right=Right.LEAVE_START, on="leaver", json={"last_day": NEXT_WEEK}),
    "POST /people/{person_id}/leave/choices": Row(right=Right.LEAVE_CHOOSE, on="leaver", json={"choices": []}),
    "POST /people/{person_id}/leave/cancel": Row(right=Right.LEAVE_CANCEL, on="leaver", json={}),
    "GET /tokens": Row(right=Right.TOKEN_READ, route_right=Right.TOKEN_READ),
    "POST /tokens": Row(right=Right.TOKEN_CREATE, json={"name": "Report"}),
    "DELETE /tokens/{token_id}": Row(right=Right.TOKEN_REVOKE, on="token"),
    "GET /audit": Row(right=Right.AUDIT_READ),
}

PAGES: Mapping[str, Row] = {
    "GET /people.csv": Row(right=Right.PERSON_LOOK_UP),
    "GET /differences.csv": Row(right=Right.RECONCILIATION_READ),
    "GET /lines.csv": Row(right=Right.LINE_LIST, route_right=Right.LINE_READ),
    "GET /devices.csv": Row(right=Right.DEVICE_LIST, route_right=Right.DEVICE_READ),
    "GET /": Row(right=Right.ORDER_LIST, route_right=READ),
    "GET /orders": Row(right=Right.ORDER_LIST, route_right=READ),
    "GET /orders/{ref}": Row(right=READ, on="order"),
    "GET /orders.csv": Row(right=Right.ORDER_LIST, route_right=READ),
    "GET /orders/{ref}/live": Row(right=READ, on="order"),
    "POST /orders/{ref}/cancel": Row(
        right=Right.ORDER_WITHDRAW, route_right=Right.ORDER_CANCEL, on="order", form={"reason": "No."}
    ),
    "POST /orders/{ref}/answer": Row(right=Right.ORDER_ANSWER, on="order", form={"answer": "Yes."}),
    "POST /orders/{ref}/activate": Row(right=Right.ORDER_ACTIVATE, on="order", form={}),
    "POST /orders/{ref}/confirm-receipt": Row(right=Right.ORDER_ACTIVATE, on="order", form={}),
    "POST /orders/{ref}/keep-waiting": Row(right=Right.ORDER_ANSWER, on="order", form={}, statuses=NOT_ASKED),
    "POST /orders/{ref}/correct": Row(right=Right.ORDER_ANSWER, on="order", form={}, statuses=NOT_REFUSED),
    "POST /orders/{ref}/report-not-received": Row(
        right=Right.ORDER_ACTIVATE, on="order", form={}, statuses=NOT_SHIPPED
    ),
    "POST /orders/{ref}/reschedule": Row(right=Right.ORDER_RESCHEDULE, on="order", form={"effective_at": NEXT_WEEK}),
    "POST /orders/{ref}/again": Row(right=Right.ORDER_SUBMIT, on="order", form={}, statuses=IN_PROGRESS),
    "GET /admin": Row(right=REPAIR),
    "GET /admin/orders": Row(right=Right.ORDER_HISTORY),
    "GET /admin/orders/{ref}": Row(right=Right.ORDER_HISTORY, on="order"),
    "POST /admin/orders/{ref}/resume-workflow": Row(right=RECOVER, on="order", form=WHY, statuses=NEEDS_TEMPORAL),
    "POST /admin/orders/{ref}/replay-messages": Row(right=RECOVER, on="order", form=WHY, statuses=NEEDS_TEMPORAL),
    "POST /admin/orders/{ref}/restore-state": Row(right=RECOVER, on="order", form=WHY, statuses=NEEDS_TEMPORAL),
    "POST /admin/orders/{ref}/end-workflow": Row(right=RECOVER, on="order", form=WHY, statuses=NEEDS_TEMPORAL),
    "POST /admin/orders/{ref}/force-close": Row(right=RECOVER, on="order", form=WHY, statuses=NEEDS_TEMPORAL),
    "POST /admin/workflows/{workflow_id}/end-workflow": Row(
        right=RECOVER, on="stray", form=WHY, statuses=NEEDS_TEMPORAL
    ),
    "POST /admin/messages/{action_id}/redeliver": Row(right=REPAIR, on="message", form=WHY),
    "POST /admin/emails/{email_id}/resend": Row(right=REPAIR, on="email", form=WHY),
    "POST /admin/emails/resend": Row(right=REPAIR, form=WHY),
    "POST /admin/tasks/retry": Row(right=Right.TASK_SETTLE, form={"cause": "PLACE:GONE"}),
    "GET /admin/emails": Row(right=Right.EMAIL_SWITCH_READ),
    "POST /admin/emails/{name}/switch": Row(right=Right.EMAIL_SWITCH_CHANGE, on="switch", form={"on": "false"}),
    "GET /search": Row(right=Right.SEARCH, query="?q=jordan"),
    "GET /accounts": Row(right=Right.ACCOUNT_LIST),
    "GET /accounts/{ref}": Row(right=Right.ACCOUNT_READ, on="account"),
    "POST /accounts/{ref}/critical-numbers": Row(
        right=Right.ACCOUNT_PROTECT, on="account", form={"numbers": "(312) 555-0142"}
    ),
    "GET /lines": Row(right=Right.LINE_LIST, route_right=Right.LINE_READ),
    "GET /lines/{ref}": Row(right=Right.LINE_READ, on="line"),
    "GET /devices": Row(right=Right.DEVICE_LIST, route_right=Right.DEVICE_READ),
    "GET /devices/{ref}": Row(right=Right.DEVICE_READ, on="device"),
    "GET /approvals": Row(right=Right.APPROVAL_LIST),
    "GET /approvals/{approval_id}": Row(right=Right.ORDER_DECIDE, on="approval", hidden=True),
    "POST /approvals/{approval_id}": Row(
        right=Right.ORDER_DECIDE, on="approval", form={"decision": "approve"}, hidden=True
    ),
    "GET /tasks": Row(right=Right.TASK_LIST),
    "GET /tasks/{task_id}": Row(right=Right.TASK_READ, on="task"),
    "POST /tasks/{task_id}": Row(right=Right.TASK_SETTLE, on="task", form=bodies.DONE_BY_HAND),
    "GET /attestations": Row(right=Right.ATTESTATION_LIST),
    "POST /attestations": Row(right=Right.ATTESTATION_GIVE, form=bodies.ACCEPTED, statuses=NOT_ASKED),
    "GET /consent-texts/{question}": Row(right=Right.CONSENT_TEXT_READ, on="question"),
    "GET /consent-texts/{question}/new-version": Row(right=Right.CONSENT_TEXT_PUBLISH, on="question"),
    "POST /consent-texts/{question}/new-version": Row(
        right=Right.CONSENT_TEXT_PUBLISH, on="question", form=bodies.CONSENT_TEXT
    ),
    "GET /admin/reconciliation": Row(right=Right.RECONCILIATION_READ),
    "POST /admin/reconciliation": Row(
        right=Right.RECONCILIATION_RUN,
        form={"carrier": "northwind"},
        file=bodies.REPORT_FILE,
    ),
    "GET /admin/reconciliation/differences": Row(right=Right.RECONCILIATION_READ),
    "GET /admin/reconciliation/{number}": Row(right=Right.RECONCILIATION_READ, on="report"),
    "POST /admin/reconciliation/differences/{difference_id}/order": Row(
        right=Right.RECONCILIATION_RUN, on="difference", form={}
    ),
    "POST /admin/reconciliation/differences/{difference_id}/accept": Row(
        right=Right.RECONCILIATION_RUN, on="difference", form={}
    ),
    "GET /admin/sites": Row(right=Right.SITE_READ),
    "GET /admin/sites/new": Row(right=Right.SITE_CHANGE),
    "POST /admin/sites/new": Row(right=Right.SITE_CHANGE, form=bodies.SITE, other_tenant=UNKNOWN_IN_TENANT),
    "GET /admin/sites/{site_id}": Row(right=Right.SITE_READ, on="site"),
    "POST /admin/sites/{site_id}": Row(right=Right.SITE_CHANGE, on="site", form=bodies.SITE),
    "POST /admin/sites/{site_id}/delete": Row(right=Right.SITE_CHANGE, on="site", form={}),
    "GET /admin/kits": Row(right=Right.KIT_READ),
    "GET /admin/kits/new": Row(right=Right.KIT_CHANGE),
    "POST /admin/kits/new": Row(right=Right.KIT_CHANGE, form=bodies.KIT),
    "GET /admin/kits/{kit_id}": Row(right=Right.KIT_READ, on="kit"),
    "POST /admin/kits/{kit_id}": Row(right=Right.KIT_CHANGE, on="kit", form=bodies.KIT),
    "POST /admin/kits/{kit_id}/delete": Row(right=Right.KIT_CHANGE, on="kit", form={}),
    "GET /admin/carrier-accounts": Row(right=Right.CARRIER_ACCOUNT_READ),
    "GET /admin/carrier-accounts/new": Row(right=Right.CARRIER_ACCOUNT_CHANGE),
    "POST /admin/carrier-accounts/new": Row(
        right=Right.CARRIER_ACCOUNT_CHANGE, form=BILLING, other_tenant=UNKNOWN_IN_TENANT
    ),
    "GET /admin/carrier-accounts/{carrier}/{number}": Row(right=Right.CARRIER_ACCOUNT_READ, on="billing"),
    "POST /admin/carrier-accounts/{carrier}/{number}": Row(
        right=Right.CARRIER_ACCOUNT_CHANGE, on="billing", form=bodies.BILLING_CHANGE
    ),
    "POST /admin/carrier-accounts/{carrier}/{number}/credentials": Row(
        right=Right.CARRIER_ACCOUNT_SECURE, on="billing", form=bodies.CREDENTIALS
    ),
    "POST /admin/carrier-accounts/{carrier}/{number}/delete": Row(
        right=Right.CARRIER_ACCOUNT_CHANGE, on="billing", form={}
    ),
    "GET /admin/carrier-rules": Row(right=Right.CARRIER_RULE_READ),
    "GET /admin/carrier-rules/new": Row(right=Right.CARRIER_RULE_ADD),
    "POST /admin/carrier-rules/new": Row(right=Right.CARRIER_RULE_ADD, form=bodies.CARRIER_RULE),
    "GET /admin/imports": Row(right=Right.IMPORT_READ),
    "POST /admin/imports": Row(right=Right.IMPORT_CHECK, form={"kind": "accounts"}, file=bodies.ACCOUNTS_FILE),
    "POST /admin/imports/kinds/{kind}/export": Row(right=Right.IMPORT_READ, on="import_kind", form={}),
    "GET /admin/imports/{number}": Row(right=Right.IMPORT_READ, on="import"),
    "POST /admin/imports/{number}/apply": Row(right=Right.IMPORT_APPLY, on="import", form=bodies.DIGEST),
    "POST /admin/imports/{number}/undo": Row(right=Right.IMPORT_APPLY, on="applied_import", form={}),
    "GET /announcements": Row(right=Right.ANNOUNCEMENT_READ),
    "POST /announcements": Row(right=Right.ANNOUNCEMENT_POST, form=bodies.ANNOUNCEMENT),
    "POST /announcements/{announcement_id}/remove": Row(right=Right.ANNOUNCEMENT_POST, on="announcement", form={}),
    "POST /announcements/{announcement_id}/dismiss": Row(right=Right.ANNOUNCEMENT_DISMISS, on="announcement", form={}),
    "GET /order": Row(right=Right.ORDER_SUBMIT),
    "GET /order/{code}": Row(right=Right.ORDER_SUBMIT, on="type"),
    "POST /order/{code}": Row(right=Right.ORDER_SUBMIT, on="type", form={"items": "1", "do": "save"}),
    "POST /order/{code}/update": Row(right=Right.ORDER_SUBMIT, on="type", form={"items": "1"}),
    "GET /order/{code}/review": Row(right=Right.ORDER_SUBMIT, on="type"),
    "POST /order/{code}/submit": Row(right=Right.ORDER_SUBMIT, on="type", form={}),
    "POST /order/{code}/discard": Row(right=Right.ORDER_SUBMIT, on="type", form={}),
    "GET /step-up": Row(right=Right.PROFILE_READ),
    "POST /step-up": Row(right=Right.PROFILE_READ, form={"code": "0"}, statuses=frozenset({401})),
    "GET /profile": Row(right=Right.PROFILE_READ),
    "GET /profile/password": Row(right=Right.PROFILE_CHANGE),
    "POST /profile/password": Row(right=Right.PROFILE_CHANGE, form={}, statuses=frozenset({401})),
    "POST /profile/factor": Row(right=Right.PROFILE_CHANGE, form={}),
    "GET /profile/factor": Row(right=Right.PROFILE_CHANGE),
    "POST /profile/factor/confirm": Row(right=Right.PROFILE_CHANGE, form={}),
    "POST /profile/recovery-codes": Row(right=Right.PROFILE_CHANGE, form={}),
    "POST /profile/sessions/end-others": Row(right=Right.SESSION_READ, route_right=Right.SESSION_END, form={}),
    "POST /profile/sessions/{session_id}/end": Row(right=Right.SESSION_END, on="session", form={}, hidden=True),
    "GET /profile/tokens/new": Row(right=Right.TOKEN_CREATE),
    "POST /profile/tokens/new": Row(right=Right.TOKEN_CREATE, form={"name": "Report"}),
    "POST /profile/tokens/{token_id}/revoke": Row(right=Right.TOKEN_REVOKE, on="token", form={}),
    "GET /leaves": Row(right=Right.LEAVE_LIST),
    "POST /leaves": Row(right=Right.LEAVE_START, form={"name": "Jordan Blake"}, statuses=MAYBE_UNSEEN),
    "GET /people/{person_id}/leave": Row(right=Right.LEAVE_READ, on="leaver"),
    "POST /people/{person_id}/leave": Row(right=Right.LEAVE_START, on="leaver", form={"last_day": NEXT_WEEK}),
    "POST /people/{person_id}/leave/choices": Row(right=Right.LEAVE_CHOOSE, on="leaver", form={}),
    "POST /people/{person_id}/leave/cancel": Row(right=Right.LEAVE_CANCEL, on="leaver", form={}),
    "GET /admin/company": Row(right=Right.COMPANY_READ),
    "GET /admin/company/edit": Row(right=Right.COMPANY_CHANGE),
    "POST /admin/company/edit": Row(right=Right.COMPANY_CHANGE, form=bodies.COMPANY),
    "GET /people": Row(right=Right.PERSON_LOOK_UP),
    "GET /people/new": Row(right=Right.PERSON_CREATE),
    "POST /people/new": Row(right=Right.PERSON_CREATE, form=bodies.NINA, other_tenant=UNKNOWN_IN_TENANT),
    "GET /people/{person_id}": Row(right=Right.PERSON_LOOK_UP, on="person"),
    "POST /people/{person_id}/invite": Row(right=Right.PERSON_CREATE, on="uninvited", form={}),
    "GET /people/{person_id}/edit": Row(right=Right.PERSON_CHANGE, on="person"),
    "POST /people/{person_id}/details": Row(right=Right.PERSON_CHANGE, on="person", form=bodies.DETAILS),
    "POST /people/{person_id}/cost-centers": Row(
        right=Right.PERSON_CHANGE, on="person", form={"cost_centers": "CC-1110", "take_over": "CC-1110"}
    ),
    "GET /people/{person_id}/roles": Row(right=Right.PERSON_GRANT, on="person"),
    "POST /people/{person_id}/roles": Row(right=Right.PERSON_GRANT, on="person", form=bodies.OWNER),
    "GET /people/{person_id}/deactivate": Row(right=Right.PERSON_CHANGE, on="person"),
    "POST /people/{person_id}/deactivate": Row(right=Right.PERSON_CHANGE, on="person", form=bodies.REASON),
    "GET /people/{person_id}/no-show": Row(right=Right.PERSON_CHANGE, on="joiner"),
    "POST /people/{person_id}/no-show": Row(right=Right.PERSON_CHANGE, on="joiner", form={}),
    "POST /people/{person_id}/reactivate": Row(right=Right.PERSON_CHANGE, on="former", form=bodies.REASON),
    "POST /people/{person_id}/user-name": Row(right=Right.PERSON_USER_NAME, on="person", form={}),
    "GET /people/{person_id}/reset-link": Row(right=Right.PERSON_RESET, on="person"),
    "POST /people/{person_id}/reset-link": Row(right=Right.PERSON_RESET, on="person", form=bodies.REASON),
    "GET /people/{person_id}/reset-factor": Row(right=Right.PERSON_RESET, on="person"),
    "POST /people/{person_id}/reset-factor": Row(right=Right.PERSON_RESET, on="person", form=bodies.REASON),
    "POST /codec/decode": Row(right=Right.PAYLOAD_READ, json={}),
}

ROWS: Mapping[str, Row] = MappingProxyType(
    {route.replace(" ", " /api/v1", 1): row for route, row in API.items()} | dict(PAGES)
)

_SIGN_IN = "part of signing in"
_LINK = "the emailed link grants access"
OPEN_TO_ALL: Mapping[str, str] = MappingProxyType(
    {
        "GET /healthz": "for load balancers",
        "GET /readyz": "for load balancers",
        "POST /carriers/{code}/events": "signed by the carrier",
        "POST /carriers/{code}/events/{secret}": "the address is known to the carrier only",
        "GET /approve/{signed}": _LINK,
        "GET /approval-links/{approval_id}": _LINK,
        "POST /approval-links/{approval_id}": _LINK,
        "POST /approval-links/{approval_id}/new-link": _LINK,
        "GET /reset/{signed}": _LINK,
        "GET /reset": _LINK,
        "POST /reset": _LINK,
        "GET /forgot": _SIGN_IN,
        "POST /forgot": _SIGN_IN,
        **{f"{method} /sign-in{step}": _SIGN_IN for method in ("GET", "POST")
           for step in ("", "/code", "/recovery", "/enroll", "/password")},
        "GET /sign-in/{secret}": "for development only",
        "POST /sign-in/{secret}": "for development only",
        "POST /sign-out": "works for a session that has ended, too",
    }
)  # fmt: skip
