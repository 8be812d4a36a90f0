import itertools

import pytest

from policies.access import READ_ONLY, SENSITIVE, Right
from policies.scopes import ALL_SCOPES, BROWSER_ONLY, SCOPES, TokenScope, scope_allows


@pytest.mark.parametrize("right", Right)
def test_every_right_is_in_one_scope_or_requires_a_browser(right: Right) -> None:
    assert [right in rights for rights in (*SCOPES.values(), BROWSER_ONLY)].count(True) == 1


@pytest.mark.parametrize(("scope", "right"), list(itertools.product(TokenScope, Right)))
def test_a_scope_allows_only_its_own_rights(scope: TokenScope, right: Right) -> None:
    assert scope_allows(right, {scope}) is (right in SCOPES[scope])


def test_a_read_token_changes_nothing() -> None:
    assert SCOPES[TokenScope.READ] <= READ_ONLY


def test_no_token_has_sensitive_rights() -> None:
    assert not any(scope_allows(right, ALL_SCOPES) for right in SENSITIVE)
    assert all(scope_allows(right, None) for right in Right)
