import itertools

import pytest

from policies.access import READ_ONLY, SENSITIVE, Right
from policies.scopes import BROWSER_ONLY, EVERYTHING, SCOPES, Scope, scope_allows


@pytest.mark.parametrize("right", Right)
def test_every_right_is_in_one_scope_or_needs_a_browser(right: Right) -> None:
    assert [right in rights for rights in (*SCOPES.values(), BROWSER_ONLY)].count(True) == 1


@pytest.mark.parametrize(("scope", "right"), list(itertools.product(Scope, Right)))
def test_a_scope_is_good_for_its_own_rights_alone(scope: Scope, right: Right) -> None:
    assert scope_allows(right, {scope}) is (right in SCOPES[scope])


def test_a_token_that_reads_changes_nothing() -> None:
    assert SCOPES[Scope.READ] <= READ_ONLY


def test_what_is_sensitive_is_out_of_reach_of_every_token() -> None:
    assert not any(scope_allows(right, EVERYTHING) for right in SENSITIVE)
    assert all(scope_allows(right, None) for right in Right)
