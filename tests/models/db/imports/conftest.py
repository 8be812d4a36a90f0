"""A tenant without anything."""

import pytest

from models.db.people.tables import TenantRow
from models.db.session import Database
from tests.models.db.imports.importing import TENANT


@pytest.fixture
async def tenant(database: Database) -> Database:
    async with database.transaction() as session:
        await session.insert(TenantRow(id=TENANT, name="Initech"))
    return database
