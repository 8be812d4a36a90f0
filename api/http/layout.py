"""The frame around every page of those who are signed in: where one can go, and who one is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from api.deps import Access, Services
from api.http.templating import render
from models.db.people import tenants
from models.db.people.tenants import TenantContext
from models.facts import Person
from models.order_type import OrderType
from policies.access import Right, is_allowed

SEARCH = "/search"


@dataclass(frozen=True, kw_only=True)
class NavEntry:
    """A place one can go to, shown to those who have the right."""

    title: str
    path: str
    right: Right

    def current(self, path: str) -> str | None:
        """What `aria-current` says of the entry on a page: that it is the page, or that the page lies below it."""
        if path == self.path:
            return "page"
        return "true" if self.path != "/" and path.startswith(f"{self.path}/") else None


# In the order they are shown; whoever adds a page that people go to adds its entry.
PRIMARY = (
    NavEntry(title="Home", path="/", right=Right.ORDER_LIST),
    NavEntry(title="Order", path="/order", right=Right.ORDER_SUBMIT),
    NavEntry(title="Approvals", path="/inbox", right=Right.APPROVAL_LIST),
    NavEntry(title="Lines", path="/lines", right=Right.LINE_LIST),
    NavEntry(title="Devices", path="/devices", right=Right.DEVICE_LIST),
    NavEntry(title="Accounts", path="/accounts", right=Right.ACCOUNT_LIST),
    NavEntry(title="Admin", path="/admin", right=Right.ORDER_REPAIR),
    NavEntry(title="People", path="/people", right=Right.PERSON_LOOK_UP),
)
# In the menu under the person's name, above signing out.
PERSONAL: tuple[NavEntry, ...] = (
    NavEntry(title="Profile and security", path="/profile", right=Right.PROFILE_READ),
    NavEntry(title="Notices", path="/notices", right=Right.NOTICE_READ),
)


@dataclass(frozen=True, kw_only=True)
class PageFrame:
    """What the frame of a page shows to one person."""

    person: Person
    tenant: str
    path: str
    begun: Sequence[OrderType] = ()

    @property
    def primary(self) -> list[NavEntry]:
        """The main navigation."""
        return [entry for entry in PRIMARY if is_allowed(self.person, entry.right)]

    @property
    def personal(self) -> list[NavEntry]:
        """What belongs to the person alone."""
        return [entry for entry in PERSONAL if is_allowed(self.person, entry.right)]

    @property
    def search(self) -> str | None:
        """Where the search box leads, where there is one."""
        return SEARCH if is_allowed(self.person, Right.SEARCH) else None


async def show(
    request: Request,
    services: Services,
    access: Access,
    template: str,
    scene: dict[str, Any],
    *,
    status_code: int = 200,
    house: TenantContext | None = None,
) -> Response:
    """A page in its frame, with times in the tenant's time zone, and the orders the person has begun."""
    if house is None:
        async with services.database.transaction() as session:
            house = await tenants.tenant_context(session, access.person, services.now())
    return render(request, template, scene | frame(request, services, access, house), status_code=status_code)


def frame(request: Request, services: Services, access: Access, house: TenantContext) -> dict[str, Any]:
    """What `shell.html` needs, for a page that knows its tenant already."""
    begun = [services.catalog[one.type_code] for one in house.drafts if one.type_code in services.catalog]
    shell = PageFrame(person=access.person, tenant=house.name, path=request.url.path, begun=begun)
    return {"shell": shell, "zone": house.time_zone}
