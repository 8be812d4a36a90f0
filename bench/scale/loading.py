"""Loads a company of any size into a database, beside the sample companies."""

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import asyncpg
from pydantic_core import to_jsonable_python

from demo.company import load
from models.db.migrations.migrate import migrate
from models.db.session import Database
from models.order_type import OrderType
from workflows.order_types.line_reassign import LineReassign
from workflows.order_types.plan_change import PlanChange
from workflows.order_types.service_suspend import ServiceSuspend
from workflows.order_types.sim_replace import SimReplace

TENANT = "grand"
_TYPES = tuple(kind.order_type for kind in (SimReplace, PlanChange, ServiceSuspend, LineReassign))
_SCRIPTS = ("company.sql", "orders.sql", "others.sql")
_TABLES = """
CREATE TEMP TABLE size (tenant text, lines bigint, people bigint, orders bigint, accounts bigint, sites bigint);
CREATE TEMP TABLE order_kind (n integer, code text, family text, type jsonb, title text);
"""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much of what the company has."""

    lines: int
    people: int
    orders: int
    accounts: int
    sites: int

    @classmethod
    def of(cls, lines: int) -> "Size":
        """In the proportions of a large company."""
        return cls(
            lines=lines, people=lines // 10, orders=lines // 5, accounts=max(lines // 500, 20), sites=lines // 200
        )


@dataclass(frozen=True, kw_only=True)
class People:
    """The ids of people of the company by what they see of it."""

    everyones_manager: str
    admin: str
    desk: str
    auditor: str
    support: str
    care: str
    owner_of_all: str
    owner_of_one: str
    owner_of_branch: str
    manager: str
    manager_of_hundreds: str
    employee: str

    @classmethod
    def of(cls, size: Size) -> "People":
        # Below 20 people in a row, everyone has eight reports: those of the manager are among the last 30 people.
        manager, employee = 20 + (size.people - 30 - 20) // 8, size.people - 3
        # Three rows of eight reports each are below this one, and two rows of six accounts below the owner's.
        manager_of_hundreds = 21 + max((size.people - 605) // 4096, 6)
        owner_of_branch = 100 + (size.accounts + 172) // 216
        admins_and_owner = (1, 21, 22, 23, 24, 25, 26)
        numbers = (*admins_and_owner, size.people, owner_of_branch, manager, manager_of_hundreds, employee)
        return cls(**dict(zip(cls.__dataclass_fields__, map(_person_id, numbers), strict=True)))


def _person_id(number: int) -> str:
    return f"01PER{number:021d}"


async def load_company(url: str, size: Size) -> None:
    """Migrate the database, and fill it with the sample companies and the company of this size."""
    await migrate(url)
    database = Database(url)
    try:
        await load(database)
    finally:
        await database.close()
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        async with connection.transaction():
            await _fill(connection, size)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _fill(connection: "asyncpg.Connection[asyncpg.Record]", size: Size) -> None:
    await connection.execute(_TABLES)
    await connection.copy_records_to_table("size", records=[(TENANT, *astuple(size))])
    await connection.copy_records_to_table("order_kind", records=_kinds())
    for script in _SCRIPTS:
        await connection.execute(Path(__file__).with_name(script).read_text())


def _kinds() -> Iterator[tuple[int, str, str, str, str]]:
    for n, order_type in enumerate(_TYPES, start=1):
        yield n, order_type.code, order_type.family, json.dumps(_frozen(order_type)), order_type.texts.title


def _frozen(order_type: OrderType) -> object:
    return to_jsonable_python(order_type.resolve({}))
