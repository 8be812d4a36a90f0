import re

import pytest
from starlette.routing import Match

from api.http.layout import MAIN_MENU, USER_MENU, NavEntry
from policies.access import Right
from tests.api.api_client import ApiTenant

HTML = {"Accept": "text/html"}


async def page(office: ApiTenant, name: str, path: str = "/") -> str:
    async with await office.client(name) as client:
        answer = await client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def links(text: str) -> list[str]:
    """The main navigation on a wide screen."""
    (nav,) = re.findall(r'<nav class="nav large-only".*?</nav>', text, re.DOTALL)
    return re.findall(r">([^<>]+)</a>", nav)


async def test_the_navigation_shows_only_what_the_person_can_use(office: ApiTenant) -> None:
    assert "Admin" not in links(await page(office, "Jordan"))
    assert {"Home", "Admin"} <= set(links(await page(office, "Priya")))


async def test_the_current_navigation_entry_is_marked(office: ApiTenant) -> None:
    assert re.search(r'<a href="/" aria-current="page">Home</a>', await page(office, "Priya"))
    admin = await page(office, "Priya", "/admin/orders")
    assert not re.search(r'<a href="/" aria-current', admin)
    assert re.search(r'aria-current="(page|true)">Admin</a>', admin)


async def test_the_frame_shows_the_signed_in_person_and_the_time_zone(office: ApiTenant) -> None:
    text = await page(office, "Jordan")
    for shown in (
        "Jordan Blake",
        "jordan.blake@acme.example.com",
        "Acme Logistics",
        "Times shown in Central Time",
        "Sign out",
    ):
        assert shown in text
    assert '<a class="skip-link" href="#main">' in text
    assert 'action="/sign-out"' in text


async def test_browsers_cache_static_files_until_they_change(office: ApiTenant) -> None:
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', await page(office, "Jordan"))
    assert {one.partition("?")[0] for one in files} == {
        f"/static/{name}" for name in ("tokens.css", "dialtone.css", "dialtone.js", "icon.svg")
    }
    async with office.anonymous() as client:
        for one in files:
            assert "immutable" in (await client.get(one)).headers["cache-control"]
        other = await client.get("/static/dialtone.css?v=other")
        assert other.headers["cache-control"] == "public, no-cache"
        again = await client.get("/static/dialtone.css", headers={"If-None-Match": other.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("entry", [*MAIN_MENU, *USER_MENU], ids=lambda entry: entry.title)
def test_every_navigation_entry_leads_to_a_page(office: ApiTenant, entry: NavEntry) -> None:
    scope = {"type": "http", "method": "GET", "path": entry.path, "headers": []}
    assert any(route.matches(scope)[0] is Match.FULL for route in office.app.routes)


@pytest.mark.parametrize(("path", "current"), [
    ("/lines", "page"), ("/lines/1", "true"), ("/linesmen", None), ("/", None),
])  # fmt: skip
def test_an_entry_is_current_on_the_pages_below_it(path: str, current: str | None) -> None:
    assert NavEntry(title="Lines", path="/lines", right=Right.LINE_LIST).aria_current(path) == current


@pytest.mark.parametrize("name", ["Jordan", "Priya"])
async def test_the_home_page_sends_few_statements(office: ApiTenant, name: str) -> None:
    await office.order("Jordan")
    async with await office.client(name) as client, office.statements() as seen:
        page = await client.get("/", headers=HTML)
    assert "<title>Home " in page.text
    assert len(seen) <= 12, seen
