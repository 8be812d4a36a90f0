"""The fixtures of the API tests."""

from tests.api.conftest import office, portal, quiet

__all__ = ["office", "portal", "quiet"]
