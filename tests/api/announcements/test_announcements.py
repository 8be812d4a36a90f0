from typing import Any

import pytest

from tests.api.api_client import ApiTenant, code

NEWS = {"title": "New carrier", "text": "Orders with BluePeak can be placed from Monday on."}


async def _post(office: ApiTenant, **changes: Any) -> dict[str, Any]:
    async with await office.client("Priya") as client:
        answer = await client.post("/api/v1/announcements", json=NEWS | changes)
    assert answer.status_code == 201, answer.text
    posted: dict[str, Any] = answer.json()
    return posted


async def _titles(office: ApiTenant, name: str, tenant: str = "acme") -> list[str]:
    async with await office.client(name, tenant) as client:
        return [announcement["title"] for announcement in (await client.get("/api/v1/announcements")).json()]


async def test_everyone_in_the_tenant_sees_an_announcement_until_they_dismiss_it(office: ApiTenant) -> None:
    announcement = await _post(office)
    async with await office.browser("Jordan") as client:
        for _ in range(2):
            assert (await client.post(f"/api/v1/announcements/{announcement['id']}/dismiss")).status_code == 204
    assert await _titles(office, "Jordan") == []
    assert await _titles(office, "Dana") == ["New carrier"]
    assert await _titles(office, "Mina", "globex") == []


async def test_a_removed_announcement_is_no_longer_shown(office: ApiTenant) -> None:
    announcement = await _post(office)
    async with await office.client("Priya") as client:
        assert (await client.post(f"/api/v1/announcements/{announcement['id']}/remove")).status_code == 204
        assert code(await client.post(f"/api/v1/announcements/{announcement['id']}/remove")) == (404, "NOT_FOUND")
    assert await _titles(office, "Dana") == []


async def test_only_an_admin_can_post_an_announcement(office: ApiTenant) -> None:
    async with await office.client("Dana") as client:
        assert code(await client.post("/api/v1/announcements", json=NEWS)) == (403, "NOT_AUTHORIZED")


async def test_an_announcement_that_ends_in_the_past_is_rejected(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        rejected = await client.post("/api/v1/announcements", json=NEWS | {"ends_at": "2020-01-01T00:00:00Z"})
    assert code(rejected) == (422, "INVALID_REQUEST")
    assert rejected.json()["field"] == "ends_at"


async def test_an_announcement_of_another_tenant_cannot_be_dismissed(office: ApiTenant) -> None:
    announcement = await _post(office)
    async with await office.browser("Mina", "globex") as client:
        assert code(await client.post(f"/api/v1/announcements/{announcement['id']}/dismiss")) == (404, "NOT_FOUND")


@pytest.mark.fault("52")
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"])
async def test_an_announcement_ends_when_there_is_a_date(office: ApiTenant, moment: str) -> None:
    async with await office.client("Priya") as client:
        assert code(await client.post("/api/v1/announcements", json=NEWS | {"ends_at": moment}))[0] == 422
