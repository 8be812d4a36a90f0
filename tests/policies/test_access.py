import itertools
from dataclasses import replace

import pytest

from models.facts import Person, Relation, Role
from models.lifecycle import Action, Status
from policies.access import READ_ONLY, SELF_SERVICE, TABLE, Right, assignable_roles, is_allowed, mask, right_to

EMPLOYEE = Person(id="P1", tenant="acme", name="Ann", email="ann@example.com", active=True)

# Right -> who has it, written down once more by hand: S self, M manager, O owner, A approver, D decider,
# W watcher; o, d, s, c, a, u, v the roles owner, desk, support, care, admin, auditor, service; * everybody.
EXPECTED = {
    "order.submit": "*",
    "order.for_anybody": "dcav",
    "order.list": "*",
    "order.read": "SMOADWdscau",
    "order.history": "au",
    "order.identifiers": "SOdca",
    "order.decide": "D",
    "order.answer": "Sda",
    "order.withdraw": "Sa",
    "order.cancel": "SAa",
    "order.cancel_at_carrier": "Sda",
    "order.activate": "SOdca",
    "order.reassign": "Da",
    "order.reschedule": "Sa",
    "order.repair": "da",
    "order.recover": "a",
    "type.read": "*",
    "catalog.read": "*",
    "person.read": "SMOdscau",
    "person.look_up": "sa",
    "person.create": "sa",
    "person.reset": "sa",
    "approval.list": "*",
    "line.list": "*",
    "line.read": "SMOdscau",
    "line.identifiers": "SOdca",
    "line.repair": "da",
    "device.list": "*",
    "device.read": "SMOdscau",
    "device.identifiers": "SOdca",
    "account.list": "odscau",
    "account.read": "Odscau",
    "account.bills": "Osau",
    "account.bulk": "Oda",
    "search.read": "*",
    "draft.read": "*",
    "notice.read": "*",
    "notice.publish": "a",
    "case.read": "SOdscau",
    "case.open": "Odsca",
    "case.work": "sca",
    "profile.read": "*",
    "profile.change": "*",
    "session.read": "*",
    "session.end": "S",
    "token.read": "Sa",
    "token.create": "Sa",
    "token.revoke": "Sa",
    "audit.read": "au",
    "payload.read": "a",
}
# What an auditor loses of what everybody may.
CHANGING = {"order.submit", "draft.read"}
RELATIONS = dict(zip("SMOADW", Relation, strict=True))
ROLES = dict(zip("odscauv", Role, strict=True))


def test_every_right_has_a_row() -> None:
    assert set(TABLE) == set(Right) == {Right(name) for name in EXPECTED}


@pytest.mark.parametrize(("right", "letter"), list(itertools.product(Right, RELATIONS)))
def test_a_relation_gives_exactly_the_rights_of_its_column(right: Right, letter: str) -> None:
    expected = letter in EXPECTED[right] or EXPECTED[right] == "*"
    assert is_allowed(EMPLOYEE, right, {RELATIONS[letter]}) is expected


@pytest.mark.parametrize(("right", "letter"), list(itertools.product(Right, ROLES)))
def test_a_role_gives_exactly_the_rights_of_its_column(right: Right, letter: str) -> None:
    person = replace(EMPLOYEE, roles=frozenset({ROLES[letter]}))
    read_only = letter == "u" and right in CHANGING
    assert is_allowed(person, right) is (not read_only and (letter in EXPECTED[right] or EXPECTED[right] == "*"))


@pytest.mark.parametrize("right", Right)
def test_somebody_who_left_may_do_nothing(right: Right) -> None:
    gone = replace(EMPLOYEE, active=False, roles=frozenset(Role))
    assert not is_allowed(gone, right, set(Relation))


@pytest.mark.parametrize("right", sorted(set(Right) - READ_ONLY - SELF_SERVICE))
def test_an_auditor_changes_nothing_whatever_else_they_are(right: Right) -> None:
    auditor = replace(EMPLOYEE, roles=frozenset(Role))
    assert not is_allowed(auditor, right, set(Relation))


def test_support_makes_account_owners_and_nobody_mightier() -> None:
    agent = replace(EMPLOYEE, roles=frozenset({Role.SUPPORT, Role.CARE}))
    assert assignable_roles(agent) == {Role.OWNER}
    assert assignable_roles(EMPLOYEE) == set()


@pytest.mark.parametrize(
    "right", [right for right in Right if right.startswith("order.") and right != "order.for_anybody"]
)
def test_whoever_may_act_on_an_order_may_also_read_it(right: Right) -> None:
    grant, read = TABLE[right], TABLE[right.reading]
    assert grant.everybody or (grant.roles <= read.roles and grant.relations <= read.relations)


@pytest.mark.parametrize("action", Action)
def test_every_action_needs_a_right_over_orders(action: Action) -> None:
    assert right_to(action, Status.AWAITING_APPROVAL).reading is Right.ORDER_READ


@pytest.mark.parametrize(
    ("status", "right"),
    [
        (Status.AWAITING_APPROVAL, Right.ORDER_WITHDRAW),
        (Status.SCHEDULED, Right.ORDER_CANCEL),
        (Status.SHIPPED, Right.ORDER_CANCEL_AT_CARRIER),
    ],
)
def test_who_may_cancel_depends_on_how_far_the_order_is(status: Status, right: Right) -> None:
    assert right_to(Action.CANCEL, status) is right


def test_a_masked_identifier_shows_its_last_four_characters() -> None:
    assert mask("490154203237518") == "•••••••••••7518"
    assert mask("12") == "12"
    assert mask(None) is None
