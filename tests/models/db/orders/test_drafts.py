"""Drafts: one per person and order type, deleted after thirty days."""

from datetime import UTC, datetime, timedelta

from models.db import tenant_context
from models.db.orders import drafts
from models.db.session import Database
from tests.fixtures.company import sample_person

AT = datetime(2026, 11, 16, 15, tzinfo=UTC)


async def test_a_draft_replaces_the_previous_one(company: Database) -> None:
    jordan = await sample_person(company, "employee")
    async with company.transaction() as session:
        first = await drafts.save(session, jordan, "NEW", {"n": 1}, AT)
        again = await drafts.save(session, jordan, "NEW", {"n": 2}, AT + timedelta(hours=1))
    assert (again.id, again.created_at, again.document) == (first.id, AT, {"n": 2})


async def test_a_draft_belongs_to_one_person(company: Database) -> None:
    jordan, dana = await sample_person(company, "employee"), await sample_person(company, "manager")
    async with company.transaction() as session:
        await drafts.save(session, jordan, "NEW", {}, AT)
        assert (await tenant_context.load(session, dana, AT)).drafts == ()
        assert not await drafts.discard(session, dana, "NEW")


async def test_a_discarded_draft_is_gone(company: Database) -> None:
    jordan = await sample_person(company, "employee")
    async with company.transaction() as session:
        await drafts.save(session, jordan, "NEW", {}, AT)
        assert await drafts.discard(session, jordan, "NEW")
        assert (await tenant_context.load(session, jordan, AT)).draft("NEW") is None


async def test_an_expired_draft_is_hidden_and_the_next_save_deletes_it(company: Database) -> None:
    jordan, later = await sample_person(company, "employee"), AT + timedelta(days=30, seconds=1)
    async with company.transaction() as session:
        old = await drafts.save(session, jordan, "NEW", {}, AT)
        assert (await tenant_context.load(session, jordan, later)).draft("NEW") is None
        await drafts.save(session, jordan, "OTHER", {}, later)
        assert [row.type_code for row in (await tenant_context.load(session, jordan, AT)).drafts] == ["OTHER"]
        assert (await drafts.save(session, jordan, "NEW", {}, later)).id != old.id
