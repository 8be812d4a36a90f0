"""The fixtures of the API and workflow tests."""

from tests.api.conftest import office, portal, quiet
from tests.workflows.conftest import env, seeded_database

__all__ = ["env", "office", "portal", "quiet", "seeded_database"]
