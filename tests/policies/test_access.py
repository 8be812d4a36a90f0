from dataclasses import replace

import pytest

from models.facts import Person, Relation, Role
from models.lifecycle import Action, Status
from policies.access import (
    GRANTS,
    READ_ONLY,
    SELF_SERVICE,
    Right,
    assignable_roles,
    can_reset_credentials,
    is_allowed,
    required_right,
)

EMPLOYEE = Person(id="P1", tenant="acme", name="Ann", email="ann@example.com", active=True)
ADMIN = replace(EMPLOYEE, id="P2", roles=frozenset({Role.ADMIN}))
AGENT = replace(EMPLOYEE, id="P3", roles=frozenset({Role.SUPPORT, Role.CARE}))


@pytest.mark.parametrize("right", Right)
def test_a_former_employee_has_no_rights(right: Right) -> None:
    former = replace(EMPLOYEE, active=False, roles=frozenset(Role))
    assert not is_allowed(former, right, set(Relation))


@pytest.mark.parametrize("right", sorted(set(Right) - READ_ONLY - SELF_SERVICE))
def test_an_auditor_changes_nothing_whatever_their_other_roles(right: Right) -> None:
    auditor = replace(EMPLOYEE, roles=frozenset(Role))
    assert not is_allowed(auditor, right, set(Relation))


def test_support_can_only_assign_the_role_of_account_owner() -> None:
    assert assignable_roles(AGENT) == {Role.OWNER}
    assert assignable_roles(EMPLOYEE) == set()


@pytest.mark.parametrize(
    ("person", "other", "allowed"),
    [
        (AGENT, EMPLOYEE, True),
        (AGENT, ADMIN, False),
        (ADMIN, AGENT, True),
        (ADMIN, replace(ADMIN, id="P4"), True),
        (AGENT, AGENT, False),
        (ADMIN, ADMIN, False),
    ],
)
def test_only_admins_reset_admins_and_no_one_themselves(person: Person, other: Person, allowed: bool) -> None:
    assert can_reset_credentials(person, other) is allowed


@pytest.mark.parametrize(
    "right", [right for right in Right if right.startswith("order.") and right != "order.for_anybody"]
)
def test_people_who_can_act_on_an_order_can_also_read_it(right: Right) -> None:
    grant, read = GRANTS[right], GRANTS[right.read_right]
    assert grant.everyone or (grant.roles <= read.roles and grant.relations <= read.relations)


@pytest.mark.parametrize("action", Action)
def test_every_action_requires_a_right_over_orders(action: Action) -> None:
    assert required_right(action, Status.AWAITING_APPROVAL).read_right is Right.ORDER_READ
