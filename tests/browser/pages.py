"""Every page there is, and who looks at it; the routes of the application are held against this list."""

from dataclasses import dataclass

from tests.browser import entry_points

ORDER, LINE, HISTORY, ACCOUNT = "/orders/{ref}", "/lines/{ref}", "/admin/orders/{ref}", "/accounts/{ref}"
PERSON, APPROVE, RESET = "/people/{person_id}", "/approve/{signed}", "/reset/{signed}"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page as somebody sees it, and what it is for.

    `address` may name places in braces. Where no address alone leads to the page, `way` goes before it. The gallery
    leaves out what says no `what`: another state of a page that is in there.
    """

    name: str
    what: str
    address: str
    routes: tuple[str, ...]
    role: str | None
    way: entry_points.Way | None = None
    status: int = 200

    def __str__(self) -> str:
        return self.name


def _page(
    name: str, address: str, what: str, *routes: str, role: str = "employee", way: entry_points.Way | None = None
) -> Shown:
    """A page for those who are signed in."""
    return Shown(name=name, what=what, address=address, routes=routes or (address,), role=role, way=way)


def _door(
    name: str, address: str, what: str, *routes: str, way: entry_points.Way | None = None, status: int = 200
) -> Shown:
    """A page for those who are not."""
    known = routes or (address,)
    return Shown(name=name, what=what, address=address, routes=known, role=None, way=way, status=status)


PAGES = (
    _page("home", "/", "What waits for one, one's orders with what happens next, lines and devices", role="owner"),
    _page("home-employee", "/", ""),
    _page("home-empty", "/", "", role="auditor"),
    _page("orders", "/orders", "All orders one may see"),
    _page("order-kinds", "/order", "What can be ordered"),
    _page("order-form-new", "/order/NEW_SERVICE_DEVICE", "", "/order/{code}"),
    _page(
        "order-form",
        "/order/NEW_SERVICE_DEVICE",
        "A form, with price and approval as one fills it in",
        "/order/{code}",
        role="branch-owner",
        way=entry_points.to_form,
    ),
    _page(
        "order-review",
        "/order/NEW_SERVICE_DEVICE/review",
        "All of it once more, before it is sent",
        "/order/{code}/review",
        role="branch-owner",
        way=entry_points.to_review,
    ),
    _page("order-waiting", "/orders/{waiting}", "An order that waits for its approval", ORDER),
    _page("order-shipped", "/orders/{shipped}", "An order of several items, to be activated", ORDER, role="owner"),
    _page("order-completed", "/orders/{completed}", "An order that is done", ORDER),
    _page("order-failed", "/orders/{failed}", "An order that somebody must help on", ORDER, role="desk"),
    _page("search", "/search?q={line}", "One box finds orders, numbers, people and devices", "/search"),
    _page("search-nothing", "/search?q=zebra", "", "/search"),
    _page("lines", "/lines", "Lines one may see"),
    _page("line", "/lines/{line}", "One line, and what can be ordered for it", LINE),
    _page("line-suspended", "/lines/{suspended}", "A line that rests, and until when", LINE),
    _page("devices", "/devices", "Devices one may see"),
    _page("device", "/devices/{device}", "One device", "/devices/{ref}"),
    _page("inbox", "/inbox", "What waits for one's decision", role="manager"),
    _page("inbox-empty", "/inbox", ""),
    _page("request", "/inbox/{approval}", "A request with all facts", "/inbox/{approval_id}", role="manager"),
    _page("accounts", "/accounts", "Accounts one answers for", role="owner"),
    _page("account", "/accounts/FA-1110", "One account at a glance", ACCOUNT, role="owner"),
    _page("account-actions", "/accounts/FA-1110?tab=actions", "", ACCOUNT, role="owner"),
    _page("notices", "/announcements", "What everybody was told"),
    _page("notices-publish", "/announcements", "", role="admin"),
    _page("attention", "/admin", "What needs an operator, the most urgent first", role="admin"),
    _page("all-orders", "/admin/orders", "All orders of the company", role="admin"),
    _page("history", "/admin/orders/{completed}", "Everything about an order", HISTORY, role="admin"),
    _page("history-failed", "/admin/orders/{failed}", "What went wrong, and what helps", HISTORY, role="admin"),
    _page("profile", "/profile", "How one signs in, where one is signed in, tokens for programs"),
    _page("password", "/profile/password", "Changing the password"),
    _page("factor", "/profile/factor", "Setting up another authenticator", way=entry_points.to_another_factor),
    _page("step-up", "/step-up", "The second factor once more, before something sensitive"),
    _page("token", "/profile/tokens/new", "A token for a program"),
    _page("people", "/people?q=ba", "Support finds people", "/people", role="support"),
    _page("person", "/people/{dana}", "One person, and how support can help", PERSON, role="support"),
    _page("person-new", "/people/new", "Support gives somebody access", role="support"),
    _page("reset-link", "/people/{dana}/reset-link", "Help with a password", f"{PERSON}/reset-link", role="support"),
    _page("reset-factor", "/people/{dana}/reset-factor", "A lost phone", f"{PERSON}/reset-factor", role="support"),
    _door("not-there", "/nowhere", "An address that leads nowhere", "", status=404),
    _door("sign-in", "/sign-in", "Signing in, the first step"),
    _door("sign-in-code", "/sign-in/code", "The second step", way=entry_points.as_owner),
    _door("sign-in-recovery", "/sign-in/recovery", "The second step without a phone", way=entry_points.as_owner),
    _door("sign-in-enroll", "/sign-in/enroll", "Setting up an authenticator", way=entry_points.as_enrolling),
    _door("sign-in-password", "/sign-in/password", "Choosing a new password", way=entry_points.as_told_to_change),
    _door("forgot", "/forgot", "Forgotten password or user name"),
    _door(
        "reset", "/reset", "Where a mailed link to a new password leads", RESET, "/reset", way=entry_points.as_invited
    ),
    _door("reset-ended", "/reset/nothing.of.ours", "", RESET, status=410),
    _door("sign-in-link", "/sign-in/{invitation}", "Signing in for development", "/sign-in/{secret}"),
    _door("approve-by-mail", APPROVE, "Where the link of a mail leads", APPROVE, "/approvals/{approval_id}"),
    _door("approve-forged", "/approve/nothing.of.ours", "", APPROVE, status=404),
)
