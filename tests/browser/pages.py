"""A test case for every page; `test_pages.py` checks that no route is missing."""

from dataclasses import dataclass
from functools import partial

from tests.browser import page_setup
from tests.browser.page_setup import PageSetup

ORDER, ORDER_HISTORY = "/orders/{ref}", "/admin/orders/{ref}"
LINE, ACCOUNT, PERSON = "/lines/{ref}", "/accounts/{ref}", "/people/{person_id}"
APPROVE, APPROVAL_LINK, RESET = "/approve/{signed}", "/approval-links/{approval_id}", "/reset/{signed}"


@dataclass(frozen=True, kw_only=True)
class PageCase:
    """A page as a user with a role sees it, or signed out if the role is None.

    `path` can have placeholders, and is opened after `setup`. The gallery leaves out pages without a caption.
    """

    name: str
    path: str
    caption: str
    routes: tuple[str, ...]
    role: str | None
    setup: PageSetup | None
    status: int

    def __str__(self) -> str:
        return self.name


def _page(
    name: str,
    path: str,
    caption: str = "",
    *routes: str,
    role: str | None = "employee",
    setup: PageSetup | None = None,
    status: int = 200,
) -> PageCase:
    """Without `routes`, the route of the page is its path."""
    return PageCase(
        name=name, path=path, caption=caption, routes=routes or (path,), role=role, setup=setup, status=status
    )


_public_page = partial(_page, role=None)

PAGES = (
    _page("home", "/", "Requests to approve, your orders and what happens next, your lines and devices", role="owner"),
    _page("home-employee", "/"),
    _page("home-tasks", "/", role="desk"),
    _page("home-empty", "/", role="auditor"),
    _page("orders", "/orders", "Your orders, and the orders you can see"),
    _page("order-types", "/order", "Everything you can order"),
    _page("order-form-empty", "/order/NEW_SERVICE_DEVICE", "", "/order/{code}"),
    _page(
        "order-form",
        "/order/NEW_SERVICE_DEVICE",
        "An order form, with the price and the approvals",
        "/order/{code}",
        role="branch-owner",
        setup=page_setup.to_form,
    ),
    _page(
        "order-review",
        "/order/NEW_SERVICE_DEVICE/review",
        "The order to review before you submit it",
        "/order/{code}/review",
        role="branch-owner",
        setup=page_setup.to_review,
    ),
    _page("order-waiting", "/orders/{waiting}", "An order that is waiting for approval", ORDER),
    _page("order-shipped", "/orders/{shipped}", "An order of several items, ready to activate", ORDER, role="owner"),
    _page("order-refused", "/orders/{refused}", "", ORDER),
    _page("order-returning", "/orders/{returning}", "", ORDER),
    _page("order-form-disconnect", "/order/SERVICE_TERMINATE?line={line}", "", "/order/{code}"),
    _page("order-form-resume", "/order/SERVICE_RESUME?line={suspended}", "", "/order/{code}"),
    _page("order-completed", "/orders/{completed}", "A completed order", ORDER),
    _page("order-failed", "/orders/{failed}", "An order that needs an operator's help", ORDER, role="desk"),
    _page("search", "/search?q={line}", "Search for orders, phone numbers, devices, accounts and people", "/search"),
    _page("search-no-results", "/search?q=zebra", "", "/search"),
    _page("lines", "/lines", "The lines you can see"),
    _page("line", "/lines/{line}", "A line, and what you can order for it", LINE),
    _page("line-suspended", "/lines/{suspended}", "A suspended line, and when its service resumes", LINE),
    _page("devices", "/devices", "The devices you can see"),
    _page("device", "/devices/{device}", "A device", "/devices/{ref}"),
    _page("approvals", "/approvals", "The requests that need your approval", role="manager"),
    _page("approvals-empty", "/approvals"),
    _page(
        "approval-request",
        "/approvals/{approval}",
        "A request to approve, reject, or ask about",
        "/approvals/{approval_id}",
        role="manager",
    ),
    _page("tasks", "/tasks", "What a person must do about an order", role="desk"),
    _page("tasks-empty", "/tasks?state=closed", "", "/tasks", role="desk"),
    _page("task", "/tasks/{task}", "A task, and how it can be settled", "/tasks/{task_id}", role="desk"),
    _page("attestations", "/attestations", role="manager"),
    _page("attestations-empty", "/attestations", role="auditor"),
    _page("consent-text", "/consent-texts/use_policy", "", "/consent-texts/{question}"),
    _page(
        "new-consent-text",
        "/consent-texts/use_policy/new-version",
        "",
        "/consent-texts/{question}/new-version",
        role="admin",
    ),
    _page("order-asked", "/orders/{asked}", "", ORDER, role="owner"),
    _page("accounts", "/accounts", "The accounts assigned to you", role="owner"),
    _page("account", "/accounts/FA-1110", "An account", ACCOUNT, role="owner"),
    _page("account-actions", "/accounts/FA-1110?tab=actions", "", ACCOUNT, role="owner"),
    _page("imports", "/admin/imports", role="admin"),
    _page("import", "/admin/imports/1", "", "/admin/imports/{number}", role="admin"),
    _page("reconciliation", "/admin/reconciliation", role="admin", setup=page_setup.to_report),
    _page("reconciliation-empty", "/admin/reconciliation", role="auditor"),
    _page(
        "reconciliation-report",
        "/admin/reconciliation/1",
        "",
        "/admin/reconciliation/{number}",
        role="admin",
        setup=page_setup.to_report,
    ),
    _page(
        "reconciliation-differences", "/admin/reconciliation/differences", role="auditor", setup=page_setup.to_report
    ),
    _page("sites", "/admin/sites", role="admin"),
    _page("site-new", "/admin/sites/new", role="admin"),
    _page("site", "/admin/sites/{site}", "", "/admin/sites/{site_id}", role="admin"),
    _page("kits", "/admin/kits", role="admin"),
    _page("kit-new", "/admin/kits/new", role="admin"),
    _page("kit", "/admin/kits/{kit}", "", "/admin/kits/{kit_id}", role="admin"),
    _page("carrier-accounts", "/admin/carrier-accounts", role="admin"),
    _page("carrier-account-new", "/admin/carrier-accounts/new", role="admin"),
    _page(
        "carrier-account",
        "/admin/carrier-accounts/northwind/287301190",
        "",
        "/admin/carrier-accounts/{carrier}/{number}",
        role="admin",
    ),
    _page("carrier-rules", "/admin/carrier-rules", role="admin"),
    _page("carrier-rules-history", "/admin/carrier-rules?history=true", "", "/admin/carrier-rules", role="auditor"),
    _page("carrier-rule-choose", "/admin/carrier-rules/new", role="admin"),
    _page(
        "carrier-rule-form",
        "/admin/carrier-rules/new?carrier=northwind&what=suspension_length&reasons=not_lost",
        "",
        "/admin/carrier-rules/new",
        role="admin",
    ),
    _page("announcements", "/announcements", "Announcements to everyone"),
    _page("announcements-post", "/announcements", role="admin"),
    _page("attention", "/admin", "Problems that need an operator, by urgency", role="admin"),
    _page("all-orders", "/admin/orders", "All orders of the company", role="admin"),
    _page("emails", "/admin/emails", role="admin"),
    _page("order-history", "/admin/orders/{completed}", "The full history of an order", ORDER_HISTORY, role="admin"),
    _page(
        "order-history-failed",
        "/admin/orders/{failed}",
        "The history of a failed order, and what an operator can do",
        ORDER_HISTORY,
        role="admin",
    ),
    _page("profile", "/profile", "Your sign-in, active sessions and API tokens"),
    _page("change-password", "/profile/password", "Change your password"),
    _page(
        "new-authenticator",
        "/profile/factor",
        "Set up a new authenticator",
        setup=page_setup.to_new_authenticator,
    ),
    _page("step-up", "/step-up", "Confirm it's you before a sensitive action"),
    _page("new-token", "/profile/tokens/new", "Create an API token"),
    _page("people", "/people?q=ba", "Support finds a person", "/people", role="support"),
    _page("person", "/people/{dana}", "A person, and how support can help them sign in", PERSON, role="support"),
    _page("person-care", "/people/{dana}", "", PERSON, role="care"),
    _page("company", "/admin/company", role="admin"),
    _page("edit-company", "/admin/company/edit", role="admin"),
    _page("edit-person", "/people/{dana}/edit", "", f"{PERSON}/edit", role="admin"),
    _page("roles-of-person", "/people/{dana}/roles", "", f"{PERSON}/roles", role="admin"),
    _page("deactivate-person", "/people/{dana}/deactivate", "", f"{PERSON}/deactivate", role="admin"),
    _page(
        "no-show",
        "/people/{dana}/no-show",
        "",
        f"{PERSON}/no-show",
        role="admin",
        setup=page_setup.to_no_show,
    ),
    _page("leaves", "/leaves", role="owner"),
    _page("leave", "/people/{dana}/leave", "", f"{PERSON}/leave", role="admin"),
    _page("new-person", "/people/new", "Support adds a person", role="support"),
    _page(
        "password-reset",
        "/people/{dana}/reset-link",
        "Support sends a password reset",
        f"{PERSON}/reset-link",
        role="support",
    ),
    _page(
        "authenticator-reset",
        "/people/{dana}/reset-factor",
        "Support resets an authenticator",
        f"{PERSON}/reset-factor",
        role="support",
    ),
    _public_page("not-found", "/nowhere", "A page that doesn't exist", "", status=404),
    _public_page("sign-in", "/sign-in", "Sign in: email and password"),
    _public_page("sign-in-code", "/sign-in/code", "Sign in: authenticator code", setup=page_setup.to_code),
    _public_page("sign-in-recovery", "/sign-in/recovery", "Sign in: recovery code", setup=page_setup.to_code),
    _public_page("sign-in-enroll", "/sign-in/enroll", "Sign in: set up an authenticator", setup=page_setup.to_enroll),
    _public_page(
        "sign-in-password",
        "/sign-in/password",
        "Sign in: choose a new password",
        setup=page_setup.to_required_password,
    ),
    _public_page("forgot-password", "/forgot", "Request a password reset link"),
    _public_page(
        "reset", "/reset", "Choose a password with the link from an email", RESET, "/reset", setup=page_setup.to_reset
    ),
    _public_page("reset-expired", "/reset/not-a-valid-link", "", RESET, status=410),
    _public_page(
        "sign-in-link", "/sign-in/{sign_in_secret}", "Sign in with a link, in development", "/sign-in/{secret}"
    ),
    _public_page(
        "approval-link", APPROVE, "Approve with the link from an email, without signing in", APPROVE, APPROVAL_LINK
    ),
    _public_page("approval-link-invalid", "/approve/not-a-valid-link", "", APPROVE, status=404),
)
