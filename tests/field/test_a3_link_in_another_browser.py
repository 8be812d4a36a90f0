"""An approver's link in the browser of someone else: it decides nothing, says so, and is audited."""

import pytest
from sqlmodel import col, select

from models.db.audit.tables import AuditRow
from tests.api.approval_links.conftest import FROM_THE_PAGE, Pages


async def refusals(pages: Pages) -> list[tuple[str | None, str | None]]:
    """Who was refused the link of whom, by the audit log."""
    async with pages.office.database.transaction() as session:
        rows = await session.all(select(AuditRow).where(col(AuditRow.action) == "approval_link_refused"))
    return [(row.actor_id, row.subject_id) for row in rows]


@pytest.mark.fault("46")
@pytest.mark.parametrize("decision", ["approve", "reject"])
@pytest.mark.parametrize("someone", ["erin", "ben", "walt"], ids=["requester", "beneficiary", "someone else"])
async def test_it_decides_nothing_where_someone_else_is_signed_in(pages: Pages, someone: str, decision: str) -> None:
    await pages.office.request_approval("maria")
    page = await pages.open()
    await pages.sign_in(someone)
    answers = [
        await pages.submit(page, decision=decision, comment="Why?"),
        await pages.open(),
        await pages.client.post(f"{page.url.path}/new-link", headers=FROM_THE_PAGE),
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert "You&#39;re signed in as" in answer.text
        assert "Only Maria Lopez can use it, on a device of their own" in answer.text
        assert "sign out" not in answer.text.lower()
    assert not await pages.messages()
    assert (await pages.links())[0].state == "live"
    assert await refusals(pages) == [(someone, "maria")] * 3


@pytest.mark.fault("46")
async def test_it_works_where_its_approver_is_signed_in(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    await pages.sign_in("maria")
    assert (await pages.submit(await pages.open(), decision="approve")).status_code == 200
    assert len(await pages.messages()) == 1
    assert await refusals(pages) == []
