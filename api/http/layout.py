"""The frame around every signed-in page: navigation, the user's menu, security notices, and drafts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from api.deps import Access, Services
from api.http.templating import render
from models.db import tenant_context
from models.db.tasks.tasks import MAX_COUNT
from models.db.tenant_context import LineNotice, TenantContext
from models.facts import Person, Relation
from models.order_type import OrderType, texts_of
from policies.access import Right, is_allowed

SEARCH_PATH = "/search"


@dataclass(frozen=True, kw_only=True)
class NavEntry:
    """A navigation link, shown to users with the right. `counts_tasks`: with the number of their tasks."""

    title: str
    path: str
    right: Right
    counts_tasks: bool = False

    def aria_current(self, path: str) -> str | None:
        """`page` on the entry's own page, `true` on the pages below it."""
        if path == self.path:
            return "page"
        return "true" if self.path != "/" and path.startswith(f"{self.path}/") else None


MAIN_MENU = (
    NavEntry(title="Home", path="/", right=Right.ORDER_LIST),
    NavEntry(title="New order", path="/order", right=Right.ORDER_SUBMIT),
    NavEntry(title="Approvals", path="/approvals", right=Right.APPROVAL_LIST),
    NavEntry(title="Tasks", path="/tasks", right=Right.TASK_LIST, counts_tasks=True),
    NavEntry(title="Lines", path="/lines", right=Right.LINE_LIST),
    NavEntry(title="Devices", path="/devices", right=Right.DEVICE_LIST),
    NavEntry(title="Accounts", path="/accounts", right=Right.ACCOUNT_LIST),
    NavEntry(title="Admin", path="/admin", right=Right.ORDER_REPAIR),
    NavEntry(title="People", path="/people", right=Right.PERSON_LOOK_UP),
)
USER_MENU = (
    NavEntry(title="Profile and security", path="/profile", right=Right.PROFILE_READ),
    NavEntry(title="People leaving", path="/leaves", right=Right.LEAVE_LIST),
    NavEntry(title="Announcements", path="/announcements", right=Right.ANNOUNCEMENT_READ),
    NavEntry(title="Billing accounts", path="/admin/carrier-accounts", right=Right.CARRIER_ACCOUNT_READ),
    NavEntry(title="Reconciliation", path="/admin/reconciliation", right=Right.RECONCILIATION_READ),
    NavEntry(title="Sites", path="/admin/sites", right=Right.SITE_READ),
    NavEntry(title="Kits", path="/admin/kits", right=Right.KIT_READ),
    NavEntry(title="Company", path="/admin/company", right=Right.COMPANY_READ),
    NavEntry(title="Carrier rules", path="/admin/carrier-rules", right=Right.CARRIER_RULE_READ),
    NavEntry(title="Import and export", path="/admin/imports", right=Right.IMPORT_READ),
)


@dataclass(frozen=True, kw_only=True)
class NoticeBanner:
    """A security notice: `text` says what is about to happen, `number` is the order that does it."""

    text: str
    ordered_by: str
    number: str


@dataclass(frozen=True, kw_only=True)
class PageFrame:
    """What the frame shows to one user; `drafts` are the types of the orders they have started.

    `support` is whom they turn to with questions, `branding_line` what the company's pages end with; both can be empty.

    `open_tasks` counts the tasks for them or a role of theirs, up to `MAX_COUNT`.
    """

    person: Person
    tenant: str
    path: str
    support: str = ""
    branding_line: str = ""
    drafts: Sequence[OrderType] = ()
    notices: Sequence[NoticeBanner] = ()
    open_tasks: int = 0

    @property
    def main_menu(self) -> list[NavEntry]:
        """A task gives the right to list tasks, whatever the person's roles."""
        return [
            entry
            for entry in MAIN_MENU
            if is_allowed(
                self.person, entry.right, {Relation.ASSIGNEE} if entry.counts_tasks and self.open_tasks else ()
            )
        ]

    @property
    def task_count(self) -> str:
        """`3`; `99+` where counting stopped; empty without tasks."""
        return f"{MAX_COUNT - 1}+" if self.open_tasks >= MAX_COUNT else str(self.open_tasks or "")

    @property
    def user_menu(self) -> list[NavEntry]:
        return [entry for entry in USER_MENU if is_allowed(self.person, entry.right)]

    @property
    def search(self) -> str | None:
        """The action of the search box, if the user can search."""
        return SEARCH_PATH if is_allowed(self.person, Right.SEARCH) else None


async def render_page(
    request: Request,
    services: Services,
    access: Access,
    template: str,
    context: dict[str, Any],
    *,
    status_code: int = 200,
    tenant: TenantContext | None = None,
) -> Response:
    """Render a page in its frame. Reads the tenant unless it is given."""
    if tenant is None:
        async with services.database.read() as session:
            tenant = await tenant_context.load(session, access.person, services.now())
    return render(request, template, context | _frame(request, services, access, tenant), status_code=status_code)


def _frame(request: Request, services: Services, access: Access, tenant: TenantContext) -> dict[str, Any]:
    """The part of a page's context that `layout.html` needs."""
    drafts = [services.order_types[one.type_code] for one in tenant.drafts if one.type_code in services.order_types]
    notices = [_banner(services, access.person, notice) for notice in tenant.notices]
    frame = PageFrame(
        person=access.person,
        tenant=tenant.name,
        path=request.url.path,
        support=tenant.support,
        branding_line=tenant.branding_line,
        drafts=drafts,
        notices=notices,
        open_tasks=tenant.open_tasks,
    )
    return {"frame": frame, "zone": tenant.time_zone}


def _banner(services: Services, person: Person, notice: LineNotice) -> NoticeBanner:
    return NoticeBanner(
        text=texts_of(services.order_types, notice.type_code).notice_about(notice.lines),
        ordered_by="you" if notice.requester_id == person.id else notice.requester,
        number=notice.number,
    )
