"""Words are found in whatever spelling, in columns that the database keeps up to date."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select, update

from models.db.catalog.tables import ProductRow
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.people.tables import PersonRow
from models.db.session import Database
from models.db.word_search import find_words


async def _found(database: Database, words: str, *tables: Any) -> list[list[str]]:
    async with database.read() as session:
        return await find_words(session, "acme", words.split(), *tables)


@pytest.mark.fault("31")
@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Núñez", "nunez"),
        ("Nunez", "núñez"),
        ("Nu\u0301n\u0303ez", "NÚÑEZ"),
        ("O'Brien", "o\u2019brien"),
        ("O\u02bcBrien", "obrien"),
        ("Smyth-Fry", "smythfry"),
        ("Straße", "STRASSE"),
        ("Łukasz Ørsted", "lukasz orsted"),
        ("Lukasz Orsted", "łukasz ørsted"),
        ("Œuvrard", "oeuvrard"),
        ("İlker Çelik", "ilker celik"),
        ("Nguyễn Thị Ái", "nguyen ai"),
        ("Jane Doe", "\uff2a\uff41\uff4e\uff45 doe"),
        ("Θεοδωράκης", "ΘΕΟΔΩΡΑΚΗΣ"),
        ("Иванова", "ИВАНОВА"),
        ("Li Xiaolong", "li XIAO"),
        ("王小明", "小明"),
        ("王小明", "明"),
        ("김민수", "민수"),
    ],
)
async def test_a_name_is_found_in_either_spelling(company: Database, name: str, typed: str) -> None:
    async with company.transaction() as session:
        person = await session.first(select(PersonRow).where(col(PersonRow.name) == "Jordan Blake"))
        assert person is not None
        person.name = name
    assert await _found(company, typed, PersonRow) == [[person.id]]


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [("jor", True), ("orda", True), ("jo", True), ("j", True), ("bl", True), ("or", False), ("k", False)],
)
async def test_one_or_two_characters_are_found_where_a_word_begins(
    company: Database, typed: str, *, is_found: bool
) -> None:
    async with company.transaction() as session:
        renamed = "UPDATE person SET email = 'x' || id, employee_number = 'y' || id WHERE tenant = 'acme'"
        await session.exec(text(renamed))  # type: ignore[call-overload] # as all text
        (jordan,) = await session.all(select(PersonRow.id).where(col(PersonRow.name) == "Jordan Blake"))
    (found,) = await _found(company, typed, PersonRow)
    assert (jordan in found) is is_found


async def test_the_search_follows_the_name_of_a_product(company: Database) -> None:
    async with company.transaction() as session:
        (sku,) = await session.all(
            select(DeviceRow.sku).where(col(DeviceRow.tenant) == "acme", col(DeviceRow.sku).is_not(None)).limit(1)
        )
        renamed: Any = update(ProductRow).where(col(ProductRow.tenant) == "acme", col(ProductRow.sku) == sku)
        await session.exec(renamed.values(name="Fairphone Ω"))
        devices = await session.all(
            select(DeviceRow.id).where(col(DeviceRow.tenant) == "acme", col(DeviceRow.sku) == sku)
        )
        lines = await session.all(select(LineRow.id).where(col(LineRow.device_id).in_(devices)))
    assert [sorted(ids) for ids in await _found(company, "FAIRPHONE ω", DeviceRow, LineRow)] == [
        sorted(devices),
        sorted(lines),
    ]
