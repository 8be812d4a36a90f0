"""What is requested of the loaded company: every list, page and download, by the route that answers it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from bench.scale.loading import Size


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Things of the company, by which paths are filled in."""

    ids: Mapping[str, str]

    @classmethod
    def of(cls, size: Size) -> "Sample":
        """The employee's line and device, and what is in the middle of each list."""
        order = size.orders // 100 * 100 - 93  # of those with an open task
        employee = size.people - 3
        return cls(
            ids={
                "line": _id("NBR", employee - 1),
                "device": _id("DEV", employee - 1),
                "order": _id("REQ", order),
                "task": f"{_id('REQ', order)}-4",
                "person": _id("PER", employee),
                "joiner": _id("PER", size.people - 4),
                "leaver": _id("PER", 4 * 50 + 7),
                "site": _id("STE", 1),
                "root": "FA-100001",
                "account": f"FA-{100000 + size.accounts}",
                "approval": _id("APR", size.orders * 10 + 2),
                "after_approval": _cursor("approvals", _id("APR", size.orders * 10 + 2)),
                "kit": _id("KTT", 1),
                "after_line": _cursor("lines", _id("NBR", size.lines // 2)),
                "after_device": _cursor("devices", _id("DEV", size.lines // 2)),
                "before_order": _cursor("orders", _id("REQ", size.orders // 2)),
                "before_entry": _cursor("audit", _id("EVT", size.people)),
                "after_site": _cursor("sites", _id("STE", size.sites // 2)),
                "after_leave": _cursor("leaves", _id("EXT", 4)),
                "after_account": _cursor("accounts", _id("ACC", size.accounts // 2)),
            }
        )


def _id(kind: str, number: int) -> str:
    return f"01{kind}{number:0{24 - len(kind)}d}"


def _cursor(name: str, row_id: str) -> str:
    return base64.urlsafe_b64encode(f"{name}:{row_id}".encode()).decode()


# Signed-out pages, one person's own sign-in, and what reads no list.
NOT_MEASURED: Mapping[str, str] = {
    **dict.fromkeys(
        ("/sign-in", "/sign-in/code", "/sign-in/recovery", "/sign-in/enroll", "/sign-in/password", "/sign-in/{secret}"),
        "for people who are not signed in",
    ),
    **dict.fromkeys(("/forgot", "/reset", "/reset/{signed}"), "for people who are not signed in"),
    **dict.fromkeys(("/approve/{signed}", "/approval-links/{approval_id}"), "of a signed link"),
    **dict.fromkeys(("/profile", "/profile/factor", "/profile/password"), "of a person with a password"),
    **dict.fromkeys(("/healthz", "/readyz", "/api/v1/openapi.json"), "of the process"),
    "/api/v1/orders/{ref}/events": "a stream, which follows one order",
    "/api/v1/orders/{ref}/history": "asks Temporal about one order",
    "/admin/orders/{ref}": "asks Temporal about one order",
    "/api/v1/admin/attention": "asks Temporal, too; its lists are those of /admin",
}
_LINE_FILTERS = (
    *("", "?cursor={after_line}", "?status=suspended", "?status=porting_in", "?carrier=bluepeak"),
    *("?account={root}", "?account={account}", "?holder={person}"),
)
_DEVICE_FILTERS = (
    *("", "?cursor={after_device}", "?status=lost_stolen", "?status=in_stock", "?sku=XCOVER-8-128"),
    *("?account={account}", "?holder={person}"),
)
_ORDER_FILTERS = (
    *("", "?cursor={before_order}", "?status=FAILED", "?status=SCHEDULED", "?type=PLAN_CHANGE", "?carrier=bluepeak"),
    *("?account={account}", "?account={root}", "?line={line}", "?requester={person}", "?stuck=true"),
)
_API_ORDER_FILTERS = (*_ORDER_FILTERS, "?beneficiary={person}", "?beneficiary={site}", "?device={device}")
_TASK_FILTERS = ("", "?mine=true", "?overdue=true", "?state=closed", "?kind=failed_step", "?order={order}")
_DIFFERENCES = ("", "?kind=plan", "?carrier=bluepeak", "?account=287300001")
_OF_LINE = ("SIM_REPLACE", "PLAN_CHANGE", "LINE_REASSIGN", "SERVICE_SUSPEND")
_TABS = ("overview", "actions", "orders")
_OF_PERSON = ("edit", "roles", "deactivate", "reset-link", "reset-factor")
_SEARCHES = ("?q=munoz", "?q=Zo%C3%AB", "?q=312255", "?q=xcover")
# Each route with paths that it answers; in its own path, a name stands for one of the sample.
PATHS: Mapping[str, tuple[str, ...]] = {
    "/": ("/",),
    "/accounts": ("/accounts", "/accounts?cursor={after_account}"),
    "/accounts/{ref}": tuple(f"/accounts/{{{ref}}}?tab={tab}" for ref in ("root", "account") for tab in _TABS),
    "/admin": ("/admin",),
    "/admin/carrier-accounts": ("/admin/carrier-accounts",),
    "/admin/carrier-accounts/new": ("/admin/carrier-accounts/new",),
    "/admin/carrier-accounts/{carrier}/{number}": ("/admin/carrier-accounts/northwind/287300001",),
    "/admin/carrier-rules": ("/admin/carrier-rules", "/admin/carrier-rules?history=true"),
    "/admin/carrier-rules/new": ("/admin/carrier-rules/new?carrier=northwind&what=recover_days",),
    "/admin/company": ("/admin/company",),
    "/admin/company/edit": ("/admin/company/edit",),
    "/admin/emails": ("/admin/emails",),
    "/admin/imports": ("/admin/imports",),
    "/admin/imports/{number}": ("/admin/imports/200",),
    "/admin/kits": ("/admin/kits",),
    "/admin/kits/new": ("/admin/kits/new",),
    "/admin/kits/{kit_id}": ("/admin/kits/{kit}",),
    "/admin/orders": tuple(f"/admin/orders{query}" for query in (*_ORDER_FILTERS, *_SEARCHES)),
    "/admin/reconciliation": ("/admin/reconciliation",),
    "/admin/reconciliation/differences": tuple(f"/admin/reconciliation/differences{query}" for query in _DIFFERENCES),
    "/admin/reconciliation/{number}": ("/admin/reconciliation/60",),
    "/admin/sites": ("/admin/sites", "/admin/sites?cursor={after_site}"),
    "/admin/sites/new": ("/admin/sites/new",),
    "/admin/sites/{site_id}": ("/admin/sites/{site}",),
    "/announcements": ("/announcements",),
    "/approvals": ("/approvals", "/approvals?cursor={after_approval}"),
    "/approvals/{approval_id}": ("/approvals/{approval}",),
    "/attestations": ("/attestations",),
    "/consent-texts/{question}": ("/consent-texts/use_policy",),
    "/consent-texts/{question}/new-version": ("/consent-texts/use_policy/new-version",),
    "/devices": tuple(f"/devices{query}" for query in (*_DEVICE_FILTERS, *_SEARCHES)),
    "/devices.csv": ("/devices.csv", "/devices.csv?status=repair"),
    "/devices/{ref}": ("/devices/{device}",),
    "/differences.csv": ("/differences.csv",),
    "/leaves": ("/leaves", "/leaves?cursor={after_leave}"),
    "/lines": tuple(f"/lines{query}" for query in (*_LINE_FILTERS, *_SEARCHES)),
    "/lines.csv": ("/lines.csv", "/lines.csv?status=suspended"),
    "/lines/{ref}": ("/lines/{line}",),
    "/order": ("/order",),
    "/order/{code}": (
        *(f"/order/{code}?line={{line}}" for code in _OF_LINE),
        *("/order/NEW_SERVICE_DEVICE", "/order/RETURN?device_held={device}"),
    ),
    "/order/{code}/review": ("/order/SIM_REPLACE/review",),
    "/orders": tuple(f"/orders{query}" for query in (*_ORDER_FILTERS, *_SEARCHES)),
    "/orders.csv": ("/orders.csv", "/orders.csv?status=FAILED"),
    "/orders/{ref}": ("/orders/{order}",),
    "/orders/{ref}/live": ("/orders/{order}/live?seq=1",),
    "/people": ("/people", *(f"/people{query}" for query in _SEARCHES)),
    "/people.csv": ("/people.csv",),
    "/people/new": ("/people/new",),
    "/people/{person_id}": ("/people/{person}",),
    **{f"/people/{{person_id}}/{page}": (f"/people/{{person}}/{page}",) for page in _OF_PERSON},
    "/people/{person_id}/no-show": ("/people/{joiner}/no-show",),
    "/people/{person_id}/leave": ("/people/{leaver}/leave",),
    "/profile/tokens/new": ("/profile/tokens/new",),
    "/search": tuple(f"/search{query}" for query in _SEARCHES),
    "/step-up": ("/step-up",),
    "/tasks": tuple(f"/tasks{query}" for query in _TASK_FILTERS),
    "/tasks/{task_id}": ("/tasks/{task}",),
    "/api/v1/accounts": ("/api/v1/accounts", "/api/v1/accounts?cursor={after_account}"),
    "/api/v1/accounts/{ref}": ("/api/v1/accounts/{root}", "/api/v1/accounts/{account}"),
    "/api/v1/accounts/{ref}/dashboard": ("/api/v1/accounts/{root}/dashboard",),
    "/api/v1/announcements": ("/api/v1/announcements",),
    "/api/v1/approvals": ("/api/v1/approvals", "/api/v1/approvals?cursor={after_approval}"),
    "/api/v1/attestations": ("/api/v1/attestations",),
    "/api/v1/audit": tuple(
        f"/api/v1/audit{query}" for query in ("", "?cursor={before_entry}", "?person={person}", "?action=signed_in")
    ),
    "/api/v1/carrier-accounts": ("/api/v1/carrier-accounts",),
    "/api/v1/carrier-accounts/{carrier}/{number}": ("/api/v1/carrier-accounts/northwind/287300001",),
    "/api/v1/carrier-rules": ("/api/v1/carrier-rules",),
    "/api/v1/catalog": ("/api/v1/catalog", "/api/v1/catalog?beneficiary={person}"),
    "/api/v1/company": ("/api/v1/company",),
    "/api/v1/consent-texts/{question}": ("/api/v1/consent-texts/use_policy",),
    "/api/v1/devices": tuple(f"/api/v1/devices{query}" for query in (*_DEVICE_FILTERS, *_SEARCHES)),
    "/api/v1/devices/{ref}": ("/api/v1/devices/{device}",),
    "/api/v1/devices/{ref}/actions": ("/api/v1/devices/{device}/actions",),
    "/api/v1/differences": tuple(f"/api/v1/differences{query}" for query in _DIFFERENCES),
    "/api/v1/drift": ("/api/v1/drift",),
    "/api/v1/email-switches": ("/api/v1/email-switches",),
    "/api/v1/import-kinds": ("/api/v1/import-kinds",),
    "/api/v1/import-kinds/{kind}/example": ("/api/v1/import-kinds/lines/example",),
    "/api/v1/imports": ("/api/v1/imports", "/api/v1/imports?before=100"),
    "/api/v1/imports/{number}": ("/api/v1/imports/200",),
    "/api/v1/imports/{number}/rows": ("/api/v1/imports/200/rows", "/api/v1/imports/200/rows?outcome=new"),
    "/api/v1/kits": ("/api/v1/kits",),
    "/api/v1/kits/{kit_id}": ("/api/v1/kits/{kit}",),
    "/api/v1/leaves": ("/api/v1/leaves", "/api/v1/leaves?cursor={after_leave}"),
    "/api/v1/lines": tuple(f"/api/v1/lines{query}" for query in (*_LINE_FILTERS, *_SEARCHES)),
    "/api/v1/lines/{ref}": ("/api/v1/lines/{line}",),
    "/api/v1/lines/{ref}/actions": ("/api/v1/lines/{line}/actions",),
    "/api/v1/order-types": ("/api/v1/order-types",),
    "/api/v1/order-types/{code}": ("/api/v1/order-types/SIM_REPLACE",),
    "/api/v1/orders": tuple(f"/api/v1/orders{query}" for query in (*_API_ORDER_FILTERS, *_SEARCHES)),
    "/api/v1/orders/{ref}": ("/api/v1/orders/{order}",),
    "/api/v1/orders/{ref}/next-orders": ("/api/v1/orders/{order}/next-orders",),
    "/api/v1/orders/{ref}/timeline": ("/api/v1/orders/{order}/timeline",),
    "/api/v1/people": ("/api/v1/people", *(f"/api/v1/people{query}" for query in _SEARCHES)),
    "/api/v1/people/{person_id}": ("/api/v1/people/{person}",),
    "/api/v1/people/{person_id}/departure": ("/api/v1/people/{person}/departure",),
    "/api/v1/people/{person_id}/leave": ("/api/v1/people/{leaver}/leave",),
    "/api/v1/people/{person_id}/no-show": ("/api/v1/people/{joiner}/no-show",),
    "/api/v1/reconciliations": ("/api/v1/reconciliations",),
    "/api/v1/reconciliations/example": ("/api/v1/reconciliations/example",),
    "/api/v1/reconciliations/{number}": ("/api/v1/reconciliations/60",),
    "/api/v1/reconciliations/{number}/differences": ("/api/v1/reconciliations/60/differences",),
    "/api/v1/search": tuple(f"/api/v1/search{query}" for query in _SEARCHES),
    "/api/v1/sites": ("/api/v1/sites", "/api/v1/sites?cursor={after_site}"),
    "/api/v1/sites/{site_id}": ("/api/v1/sites/{site}",),
    "/api/v1/tasks": tuple(f"/api/v1/tasks{query}" for query in _TASK_FILTERS),
    "/api/v1/tasks/{task_id}": ("/api/v1/tasks/{task}",),
    "/api/v1/tokens": ("/api/v1/tokens",),
}
