from tests.api.api_client import ApiTenant, code


async def test_an_owner_sees_lines_by_status_contacts_and_bulk_actions(office: ApiTenant) -> None:
    async with await office.client("Grace") as client:
        dashboard = (await client.get("/api/v1/accounts/FA-1110/dashboard")).json()
    assert dashboard["account"]["kind"] == "department"
    assert sum(dashboard["lines_by_status"].values()) >= dashboard["account"]["lines_below"]
    assert dashboard["lines_by_status"]["active"] > 0
    assert "Grace Holloway" in [one["name"] for one in dashboard["contacts"]]
    assert "NEW_SERVICE_DEVICE" in [one["code"] for one in dashboard["actions"]]


async def test_a_company_counts_the_lines_of_its_departments(office: ApiTenant) -> None:
    async with await office.client("Grace") as client:
        listed = (await client.get("/api/v1/accounts")).json()["items"]
        dashboard = (await client.get(f"/api/v1/accounts/{listed[0]['number']}/dashboard")).json()
    in_use = {
        status: count for status, count in dashboard["lines_by_status"].items() if status in {"active", "suspended"}
    }
    assert sum(in_use.values()) <= listed[0]["lines_below"]
    assert dashboard["account"]["lines_below"] == sum(one["lines"] for one in listed)


async def test_accounts_are_listed_page_by_page(office: ApiTenant) -> None:
    async with await office.client("Grace") as client, await office.browser("Grace") as browser:
        all_at_once = (await client.get("/api/v1/accounts")).json()
        paged: list[dict[str, object]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await client.get(f"/api/v1/accounts?limit=2{cursor and f'&cursor={cursor}'}")).json()
            paged, cursor = [*paged, *page["items"]], page["next_cursor"]
        first = await browser.get("/accounts?limit=2")
    assert paged == all_at_once["items"]
    assert all_at_once["next_cursor"] is None
    assert 'rel="next"' in first.text


async def test_an_employee_has_no_access_to_accounts(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        assert code(await client.get("/api/v1/accounts")) == (403, "NOT_AUTHORIZED")
        assert code(await client.get("/api/v1/accounts/FA-1110/dashboard")) == (404, "NOT_FOUND")


async def test_read_only_roles_are_offered_no_actions_on_accounts_and_lines(office: ApiTenant) -> None:
    for name in ("Iris", "Wendy"):
        async with await office.client(name) as client:
            assert (await client.get("/api/v1/accounts/FA-1110/dashboard")).json()["actions"] == []
            line = (await client.get("/api/v1/lines?status=active")).json()["items"][0]
            offered = (await client.get(f"/api/v1/lines/{line['id']}/actions")).json()
        assert {one["code"] for one in offered} == {"NOT_AUTHORIZED_ON_BEHALF"}
        assert not any(one["allowed"] for one in offered)
