"""What a request of the matrix writes is the same although PostgreSQL ends its transactions in favor of others.

The first change of every table fails, as in a deadlock.
"""

import pytest

from tests.api.conflicts.writing_routes import BY_ROW, WRITES_NOTHING
from tests.api.matrix.requests import expected, status_of
from tests.api.matrix.subjects import Company
from tests.fixtures.conflicts import Conflicts, row_checksums

pytestmark = [pytest.mark.fault("21"), pytest.mark.usefixtures("many_tries")]


@pytest.fixture(scope="module")
async def conflicts(company: Company) -> Conflicts:
    found = Conflicts(company.database.engine)
    await found.install()
    return found


@pytest.mark.parametrize("route", sorted(BY_ROW))
async def test_a_route_writes_the_same_with_conflicts(company: Company, conflicts: Conflicts, route: str) -> None:
    row, database = BY_ROW[route], company.database
    client = next(one.http for one in company.own_tenant if expected(row, one, own=True) == row.statuses)
    written = []
    for switch in (conflicts.end, conflicts.begin):
        await switch()
        async with database.rollback():
            assert await status_of(company, client, route, row) in row.statuses
            async with database.read() as session:
                written.append(await row_checksums(session))
    assert written[0] == written[1]
    assert bool(await conflicts.met()) == (route not in WRITES_NOTHING)
