"""Orders that were begun and not sent: one for each person and type, kept for thirty days."""

from datetime import UTC, datetime, timedelta

from demo.company import SAMPLE_PEOPLE
from models.db.orders import drafts
from models.db.people import lookup, tenants
from models.db.session import Database
from models.facts import Person

AT = datetime(2026, 11, 16, 15, tzinfo=UTC)


async def _person(database: Database, part: str) -> Person:
    known = SAMPLE_PEOPLE[part]
    async with database.transaction() as session:
        found = await lookup.by_id(session, known.tenant, known.id)
    assert found is not None
    return found


async def test_what_is_saved_again_takes_the_place_of_what_was_saved_before(company: Database) -> None:
    jordan = await _person(company, "employee")
    async with company.transaction() as session:
        first = await drafts.save(session, jordan, "NEW", {"n": 1}, AT)
        again = await drafts.save(session, jordan, "NEW", {"n": 2}, AT + timedelta(hours=1))
    assert (again.id, again.created_at, again.document) == (first.id, AT, {"n": 2})


async def test_a_draft_is_its_persons_alone(company: Database) -> None:
    jordan, dana = await _person(company, "employee"), await _person(company, "manager")
    async with company.transaction() as session:
        await drafts.save(session, jordan, "NEW", {}, AT)
        assert (await tenants.tenant_context(session, dana, AT)).drafts == ()
        assert not await drafts.discard(session, dana, "NEW")


async def test_a_discarded_draft_is_gone(company: Database) -> None:
    jordan = await _person(company, "employee")
    async with company.transaction() as session:
        await drafts.save(session, jordan, "NEW", {}, AT)
        assert await drafts.discard(session, jordan, "NEW")
        assert (await tenants.tenant_context(session, jordan, AT)).draft("NEW") is None


async def test_after_thirty_days_a_draft_is_not_found_and_the_next_one_sweeps_it_away(company: Database) -> None:
    jordan, later = await _person(company, "employee"), AT + timedelta(days=30, seconds=1)
    async with company.transaction() as session:
        old = await drafts.save(session, jordan, "NEW", {}, AT)
        assert (await tenants.tenant_context(session, jordan, later)).draft("NEW") is None
        await drafts.save(session, jordan, "OTHER", {}, later)
        assert [row.type_code for row in (await tenants.tenant_context(session, jordan, AT)).drafts] == ["OTHER"]
        assert (await drafts.save(session, jordan, "NEW", {}, later)).id != old.id
