"""The fixtures of the API, workflow and browser tests, and some of them together."""

import pytest

from tests.api.approval_links.conftest import pages
from tests.api.conftest import office, portal, quiet
from tests.browser.conftest import chromium, open_browser, signed_in_states
from tests.field.open_order import field
from tests.workflows.conftest import env, seeded_database

__all__ = [
    "chromium",
    "env",
    "field",
    "office",
    "open_browser",
    "pages",
    "portal",
    "quiet",
    "seeded_database",
    "signed_in_states",
]


@pytest.fixture(scope="session")
async def sample_orders_task() -> None:
    """Browsers need no sample orders here: each test makes what it looks at."""
