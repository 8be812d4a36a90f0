"""Filters of lists: each is understood or refused, and names only what the caller knows."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlmodel import col, select, update

from api.app import ROOT_MODULES
from models import questions
from models.db.accounts.tables import AccountRow
from models.db.catalog.tables import ProductRow
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.session import new_id
from models.db.sites.tables import SiteRow
from tests.api.api_client import ApiTenant, code
from tests.api.signed_out_browser import HTML

pytestmark = pytest.mark.fault("37")

_ID = "01KE6JQ3000000000000000000"  # of nothing
_CODE, _PERSON, _FLAG = ("-- ?", "nothing"), ("-- ?", "Jordan", _ID), ("maybe",)
_ACCOUNT, _LINE = ("--", "NOPE", "FA-9999", _ID), ("--", "Jordan", "(212) 555-0000", _ID)
_CURSOR = ("YWJj", "nonsense", urlsafe_b64encode(f"people:{_ID}".encode()).decode(), f"{_ID}")
_PAGING = {"cursor": _CURSOR, "limit": ("0", "101")}
_INVENTORY = {
    "account": _ACCOUNT,
    "holder": _PERSON,
    "status": _CODE,
    "identifier": ("--", "350", "nonsense", "P44-X69", "+15550100"),
    "q": ("--",),
    **_PAGING,
}
# Values of each filter of each list that are refused.
REFUSED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "orders": {
        **dict.fromkeys(("type", "status", "family", "carrier"), _CODE),
        **dict.fromkeys(("requester", "beneficiary"), _PERSON),
        "account": _ACCOUNT,
        "line": _LINE,
        "device": _LINE,
        "since": ("yesterday",),
        "until": ("tomorrow", "2026-06-01T23:59:59Z", "2026-06-02T00:00:00Z"),
        "identifier": ("--", "350", "nonsense"),
        "q": ("--",),
        "stuck": _FLAG,
        **_PAGING,
    },
    "lines": {**_INVENTORY, "carrier": _CODE},
    "devices": {
        **_INVENTORY,
        "sku": ("-- ?", "IPHONE-17-265"),
        "identifier": (*_INVENTORY["identifier"], "(312) 555-0142", "89014103211118510720"),
    },
    "tasks": {
        "state": _CODE,
        "kind": _CODE,
        "order": ("--", "P44-X69", _ID),
        "overdue": _FLAG,
        "mine": _FLAG,
        "limit": _PAGING["limit"],
        # The last is well-formed, but of no task.
        "cursor": (*_CURSOR, urlsafe_b64encode(f"tasks:{_ID}-3".encode()).decode()),
    },
    "carrier-rules": {"carrier": _CODE, "what": _CODE, "history": _FLAG},
    "carrier-accounts": {"carrier": _CODE},
    "reconciliations": {"before": ("0", "last"), "limit": _PAGING["limit"]},
    "differences": {
        "kind": _CODE,
        "carrier": _CODE,
        "account": ("-- ?", "5550100"),
        "source": _CODE,
        "cursor": _CURSOR,
        "limit": ("0", "501"),
    },
    "imports": {"before": ("0", "last"), "limit": _PAGING["limit"]},
    "catalog": {"kind": _CODE, "carrier": _CODE, "beneficiary": _PERSON},
    "audit": {"person": _PERSON, "action": _CODE, **_PAGING},
    "accounts": _PAGING,
    "sites": _PAGING,
    "leaves": _PAGING,
    "approvals": _PAGING,
    "people": {"q": ("--",)},
    "search": {"q": ("--",)},
    "admin/attention": {"kind": _CODE},
}
# The pages of orders have filters of their own; all other pages have those of the API.
_ORDERS = {
    **{
        name: REFUSED["orders"][name]
        for name in ("type", "status", "carrier", "account", "line", "requester", "q", "stuck", "cursor")
    },
    "since": ("yesterday",),
    "until": ("tomorrow", "2026-06-01"),
}
REFUSED_BY_PAGES = {
    name: REFUSED[name] for name in ("accounts", "approvals", "leaves", "lines", "devices", "tasks", "people")
} | {
    "orders": _ORDERS,
    "admin/sites": REFUSED["sites"],
    "admin/orders": _ORDERS,
    "admin/carrier-rules": {"history": _FLAG},
    "admin/reconciliation/differences": REFUSED["differences"],
}
# What stands beside a value, which alone would be accepted.
_BESIDE = {"until": {"since": "2026-06-02T00:00:00Z"}}
_BESIDE_ON_PAGES = {"until": {"since": "2026-06-02"}}
# How an explanation begins, or a part of it.
_SAYS = ("Enter ", "Use ", "No match for", "The end must be ", "isn&#39;t valid")


def _page_filters() -> Iterator[tuple[str, str]]:
    """The pages whose path is that of a list, or the admin's of one, each with its filters."""
    for route in (route for module in ROOT_MODULES for route in module.router.routes):
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and route.path.rpartition("/")[2] in REFUSED:
            for param in route.dependant.query_params:
                kind: Any = param.field_info.annotation
                is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
                yield from ((route.path[1:], name) for name in (kind.model_fields if is_model else [param.name]))


def _pairs(lists: Mapping[str, Mapping[str, object]]) -> set[tuple[str, str]]:
    return {(name, field) for name, fields in lists.items() for field in fields}


def test_every_filter_of_every_list_has_a_case(office: ApiTenant) -> None:
    paths = office.app.openapi()["paths"]
    filters = {
        (path.removeprefix("/api/v1/"), parameter["name"])
        for path, methods in paths.items()
        for parameter in methods.get("get", {}).get("parameters", ())
        if "{" not in path and parameter["in"] == "query"
    }
    assert filters == _pairs(REFUSED)


def test_every_filter_of_every_page_has_a_case() -> None:
    # The search page shows what it doesn't search for.
    assert set(_page_filters()) - {("search", "q")} == _pairs(REFUSED_BY_PAGES)


@pytest.mark.parametrize("name", REFUSED)
async def test_a_filter_that_means_nothing_is_refused_with_its_field(office: ApiTenant, name: str) -> None:
    async with await office.browser("Priya") as client:
        accepted = []
        for field, value, query in _queries(REFUSED[name], _BESIDE):
            answer = await client.get(f"/api/v1/{name}", params=query)
            if answer.status_code != 422 or answer.json()["field"].split(".")[0] != field:
                accepted.append(f"{field}={value}: {answer.text}")
    assert not accepted


@pytest.mark.parametrize("name", REFUSED_BY_PAGES)
async def test_a_page_says_what_is_wrong_with_a_filter(office: ApiTenant, name: str) -> None:
    async with await office.browser("Priya") as client:
        beside = _BESIDE_ON_PAGES if REFUSED_BY_PAGES[name] is _ORDERS else _BESIDE
        for field, value, query in _queries(REFUSED_BY_PAGES[name], beside):
            page = await client.get(f"/{name}", params=query, headers=HTML)
            is_explained = any(words in page.text for words in _SAYS)
            assert (page.status_code, is_explained) == (422, True), (field, value)


def _queries(
    fields: Mapping[str, tuple[str, ...]], beside: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str, dict[str, str]]]:
    for field, values in fields.items():
        for value in values:
            yield field, value, {field: value, **beside.get(field, {})}


async def test_the_end_of_a_period_is_after_its_start(office: ApiTenant) -> None:
    """The end of the API is excluded, so nothing would be found; that of the page is a day that is included."""
    moment = "2026-06-02T00:00:00Z"
    async with await office.browser("Priya") as client:
        answer = await client.get("/api/v1/orders", params={"since": moment, "until": moment})
        later = await client.get("/api/v1/orders", params={"since": moment, "until": "2026-06-02T00:00:01Z"})
        day = await client.get("/admin/orders", params={"since": "2026-06-02", "until": "2026-06-02"}, headers=HTML)
    assert (answer.status_code, answer.json()["detail"]) == (422, "The end must be after the start.")
    assert (later.status_code, day.status_code) == (200, 200)


async def test_a_code_that_is_none_is_refused_in_words(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        answer = await client.get("/api/v1/lines", params={"carrier": "northwnd"})
    assert code(answer) == (422, "INVALID_REQUEST")
    assert (answer.json()["field"], answer.json()["detail"]) == ("carrier", 'No match for "northwnd".')


async def test_a_cursor_of_another_list_is_refused(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        cursor = (await client.get("/api/v1/lines?limit=1")).json()["next_cursor"]
        answers = [await client.get(f"/api/v1/{name}", params={"cursor": cursor}) for name in ("lines", "devices")]
    assert [answer.status_code for answer in answers] == [200, 422]
    assert answers[1].json()["field"] == "cursor"


@pytest.mark.parametrize("name", ["orders", "lines", "devices"])
async def test_an_account_is_named_by_its_number_in_any_spelling(office: ApiTenant, name: str) -> None:
    await office.order()
    account = await _account_of(office, "Jordan")
    spellings = (account.id, account.number, account.number.lower(), account.number.replace("-", " "))
    async with await office.client("Priya") as client:
        found = [await _ids(client, name, account=written) for written in spellings]
        page = await client.get(f"/{name}", params={"account": account.number}, headers=HTML)
    assert found[0]
    assert all(ids == found[0] for ids in found)
    assert page.status_code == 200


async def test_a_line_is_named_by_its_phone_number_in_any_spelling(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        line = (await client.get("/api/v1/lines?q=Dana")).json()["items"][0]
        answers = {code: questions.find(code).example for code in ("subscriber_name", "service_address")}
        body = {"type": "SUBSCRIBER_UPDATE", "items": [{"line": line["id"], **answers}]}
        placed = await client.post("/api/v1/orders", json=body)
        assert placed.status_code == 201, placed.text
        number = line["mdn"]
        for written in (line["id"], number, number[2:], f"({number[2:5]}) {number[5:8]}-{number[8:]}"):
            assert await _ids(client, "orders", line=written) == [placed.json()["id"]], written


async def test_an_order_is_named_as_a_task_names_it(office: ApiTenant) -> None:
    order = await office.order()
    await office.open_task(await office.order("Dana"))
    task = await office.open_task(order)
    async with await office.client("Priya") as client:
        (named,) = (await client.get("/api/v1/tasks", params={"order": order["id"]})).json()["items"]
        number = named["order"]
        for written in (number, number.lower(), number.replace("-", ""), number.replace("-", "\u2013")):
            assert await _ids(client, "tasks", order=written) == [task], written


# Lists with a filter each, and what it names that Nadia has nothing to do with.
UNSEEN = [
    *((name, "account") for name in ("orders", "lines", "devices")),
    *((name, "holder") for name in ("lines", "devices")),
    *(("orders", field) for field in ("line", "device", "requester", "beneficiary")),
    *(("devices", "sku"), ("tasks", "order"), ("catalog", "beneficiary")),
]


@pytest.mark.fault("52")
@pytest.mark.parametrize(("name", "field"), UNSEEN)
async def test_what_the_caller_cannot_see_is_answered_as_unknown(office: ApiTenant, name: str, field: str) -> None:
    answers = set()
    async with await office.client("Nadia") as client:
        refs = [*await _unseen(office, field), "IPHONE-17-265" if field == "sku" else new_id()]
        for ref in refs:
            answer = await client.get(f"/api/v1/{name}", params={field: ref})
            answers.add((answer.status_code, answer.json()["field"], answer.json()["detail"].replace(ref, "…")))
    assert answers == {(422, field, 'No match for "…".')}


async def _unseen(office: ApiTenant, field: str) -> list[str]:
    if field == "account":
        account = await _account_of(office, "Helen")
        above = await _account_of(office, "Nadia")
        # Not even the company above the caller's own account is told apart.
        return [account.id, account.number, above.parent_id or ""]
    if field == "order":
        order = await office.order()
        return [order["id"], order["number"]]
    aaron = await office.row("Aaron")
    async with office.database.transaction() as session:
        if field == "line":
            line = (await session.exec(select(LineRow).where(LineRow.person_id == aaron.id))).one()
            return [line.id, line.mdn or ""]
        if field == "device":
            found = await session.exec(select(DeviceRow).where(DeviceRow.person_id == aaron.id).limit(1))
            phone = found.one()
            return [phone.id, phone.imei or ""]
        if field == "sku":
            device = (await session.exec(select(DeviceRow).where(DeviceRow.person_id == aaron.id))).first()
            assert device is not None
            await session.exec(update(ProductRow).where(col(ProductRow.sku) == device.sku).values(groups=["x"]))
            return [device.sku or ""]
        nadia = await office.row("Nadia")
        is_site_of_others = (SiteRow.contact_id != nadia.id, SiteRow.account_id != nadia.account_id)
        sites = await session.exec(select(SiteRow.id).where(SiteRow.tenant == "acme", *is_site_of_others))
        return [aaron.id, *(sites if field == "holder" else ())]


async def test_what_a_row_names_is_known_to_those_who_see_the_row(office: ApiTenant) -> None:
    jordan = await office.row("Jordan")
    order = await office.order("Dana", beneficiary_id=jordan.id)
    async with await office.client("Jordan") as client:
        named = {"requester": order["requester"]["id"], "account": order["account"]["number"]}
        for field, ref in named.items():
            assert await _ids(client, "orders", **{field: ref}) == [order["id"]], field
            assert await _ids(client, "orders", **{field: ref, "status": "COMPLETED"}) == [], field
    async with await office.client("Dana") as client:
        device = (await client.get("/api/v1/devices")).json()["items"][0]
        async with office.database.transaction() as session:
            await session.exec(update(ProductRow).where(col(ProductRow.sku) == device["sku"]).values(active=False))
        assert device["id"] in await _ids(client, "devices", sku=device["sku"])


@pytest.mark.parametrize(("name", "table"), [("lines", LineRow), ("devices", DeviceRow)])
async def test_what_is_void_is_listed_only_if_it_is_asked_for(
    office: ApiTenant, name: str, table: type[LineRow | DeviceRow]
) -> None:
    async with await office.client("Priya") as client:
        path = f"/api/v1/{name}"
        one = next(
            one for one in (await client.get(f"{path}?limit=100")).json()["items"] if one.get("imei", one.get("mdn"))
        )
        async with office.database.transaction() as session:
            await session.exec(update(table).where(col(table.id) == one["id"]).values(status="void"))
        number = one.get("imei") or one.get("mdn")
        left_out = ({"limit": 100}, {"q": one["holder"]["name"]}, {"account": one["account"]["id"], "limit": 100})
        asked_for = ({"status": "void"}, {"q": number}, {"identifier": number})
        listed = [one["id"] in await _ids(client, name, **query) for query in (*left_out, *asked_for)]
    assert listed == [False, False, False, True, True, True]


async def _ids(client: httpx2.AsyncClient, name: str, **query: Any) -> list[str]:
    answer = await client.get(f"/api/v1/{name}", params=query)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def _account_of(office: ApiTenant, name: str) -> AccountRow:
    person = await office.row(name)
    async with office.database.transaction() as session:
        return await session.get_one(AccountRow, (person.tenant, person.account_id))
