"""The people and objects of the matrix, opened once for each module, in front of no Temporal server."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from api import deps
from api.attention import temporal_problems
from demo.postgres_server import DatabaseServer
from tests.api.matrix.subjects import Company, cached, open_company
from tests.fixtures.database import cloned


@pytest.fixture(scope="module")
async def company(postgres: DatabaseServer, company_template: str) -> AsyncIterator[Company]:
    with pytest.MonkeyPatch.context() as patch:
        for function in ("_caller_by_session", "_caller_by_token"):
            patch.setattr(deps, function, cached(getattr(deps, function)))
        async with cloned(postgres, company_template) as database, open_company(database) as company:
            yield company


@pytest.fixture(autouse=True)
def no_temporal_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no Temporal server to wait for."""
    monkeypatch.setattr(temporal_problems, "TIMEOUT", timedelta(milliseconds=1))
