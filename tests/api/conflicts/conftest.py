"""The fixtures of the approval pages."""

from tests.api.approval_links.conftest import pages

__all__ = ["pages"]
