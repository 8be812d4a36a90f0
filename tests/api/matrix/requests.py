"""The routes of the application, the request of a row, and the statuses that the table of rights requires."""

from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute

from api.app import API_MODULES, ROOT_MODULES
from policies.access import GRANTS, is_allowed
from policies.scopes import ALL_SCOPES, scope_allows
from tests.api.matrix.rows import Row
from tests.api.matrix.subjects import RELATIONS, Client, Company

FORBIDDEN, NOT_FOUND = frozenset({403}), frozenset({404})


def _routes() -> Iterator[tuple[str, APIRoute]]:
    for module in (*API_MODULES, *ROOT_MODULES):
        prefix = "/api/v1" if module in API_MODULES else ""
        for route in module.router.routes:
            if isinstance(route, APIRoute):
                for method in (route.methods or set()) - {"HEAD"}:
                    yield f"{method} {prefix}{route.path}", route


ROUTES = dict(_routes())


def expected(row: Row, client: Client, *, own: bool) -> frozenset[int]:
    """The statuses that the table of rights requires."""
    scopes = ALL_SCOPES if client.token else None
    declared = row.route_right or row.right
    if not is_allowed(client.person, declared, GRANTS[declared].relations) or not scope_allows(declared, scopes):
        return FORBIDDEN
    if has_no_owner(row):
        return row.statuses if own or row.other_tenant is None else row.other_tenant
    relations = client.relations & RELATIONS.get(row.on or "", frozenset())
    if not own or not is_allowed(client.person, row.right.read_right, relations):
        return NOT_FOUND
    if is_allowed(client.person, row.right, relations) and scope_allows(row.right, scopes):
        return row.statuses
    return NOT_FOUND if row.hidden else FORBIDDEN


def has_no_owner(row: Row) -> bool:
    """Whether the route is a list, which shows what the person can see, or about what every tenant has."""
    return row.on in {None, "type", "question", "switch", "import_kind"}


async def send(company: Company, http: Any, route: str, row: Row) -> int:
    """Send the row's request, roll back, and return its status."""
    async with company.database.rollback():
        return await status_of(company, http, route, row)


async def status_of(company: Company, http: Any, route: str, row: Row) -> int:
    """Send the row's request and return its status."""
    method, path = route.split(" ")
    object_id = company.ids[row.on] if row.on else ""
    url = path.split("{")[0] + object_id + path.rpartition("}")[2] if "{" in path else path
    bodies: dict[str, Any] = {}
    for name, document in (("json", row.json), ("data", row.form)):
        if document is not None:
            bodies[name] = {key: _fill(value, company) for key, value in document.items()}
    if row.file is not None:
        bodies |= {"files": {"file": ("file.csv", row.file)}} if row.form is not None else {"content": row.file}
    response = await http.request(method, url + row.query, **bodies)
    return int(response.status_code)


def _fill(value: Any, company: Company) -> Any:
    return company.ids[value.strip("{}")] if isinstance(value, str) and value.startswith("{") else value
