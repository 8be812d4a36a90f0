"""Notices: an admin publishes, everybody of the tenant reads, each puts it away for themselves."""

from typing import Any

from tests.api.api_client import Office, code

NEWS = {"title": "New carrier", "text": "Orders with BluePeak can be placed from Monday on."}


async def _publish(office: Office, **changes: Any) -> dict[str, Any]:
    async with await office.client("Priya") as client:
        answer = await client.post("/api/v1/notices", json=NEWS | changes)
    assert answer.status_code == 201, answer.text
    published: dict[str, Any] = answer.json()
    return published


async def _titles(office: Office, name: str, tenant: str = "acme") -> list[str]:
    async with await office.client(name, tenant) as client:
        return [notice["title"] for notice in (await client.get("/api/v1/notices")).json()]


async def test_everybody_of_the_tenant_sees_it_until_they_put_it_away(office: Office) -> None:
    notice = await _publish(office)
    async with await office.client("Jordan") as client:
        for _ in range(2):
            assert (await client.post(f"/api/v1/notices/{notice['id']}/dismiss")).status_code == 204
    assert await _titles(office, "Jordan") == []
    assert await _titles(office, "Dana") == ["New carrier"]
    assert await _titles(office, "Mina", "globex") == []


async def test_what_is_withdrawn_nobody_sees_any_more(office: Office) -> None:
    notice = await _publish(office)
    async with await office.client("Priya") as client:
        assert (await client.post(f"/api/v1/notices/{notice['id']}/withdraw")).status_code == 204
        assert code(await client.post(f"/api/v1/notices/{notice['id']}/withdraw")) == (404, "NOT_FOUND")
    assert await _titles(office, "Dana") == []


async def test_only_an_admin_publishes(office: Office) -> None:
    async with await office.client("Dana") as client:
        assert code(await client.post("/api/v1/notices", json=NEWS)) == (403, "NOT_AUTHORIZED")


async def test_a_notice_that_has_ended_already_is_refused_by_its_field(office: Office) -> None:
    async with await office.client("Priya") as client:
        refused = await client.post("/api/v1/notices", json=NEWS | {"ends_at": "2020-01-01T00:00:00Z"})
    assert code(refused) == (422, "INVALID_REQUEST")
    assert refused.json()["field"] == "ends_at"


async def test_another_tenants_notice_cannot_be_put_away(office: Office) -> None:
    notice = await _publish(office)
    async with await office.client("Mina", "globex") as client:
        assert code(await client.post(f"/api/v1/notices/{notice['id']}/dismiss")) == (404, "NOT_FOUND")
