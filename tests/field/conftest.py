"""The fixtures of the API and workflow tests, and both together."""

from tests.api.conftest import office, portal, quiet
from tests.field.open_order import field
from tests.workflows.conftest import env, seeded_database

__all__ = ["env", "field", "office", "portal", "quiet", "seeded_database"]
