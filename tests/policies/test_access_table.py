"""Authorization written out by hand, every cell, and compared with `policies.access` and what rests on it."""

import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest

from models.facts import Person, Relation, Role
from models.lifecycle import Action, Status
from models.order_type import Aspect, Subject
from policies.access import GRANTS, Right, is_allowed, required_right
from policies.approval import plan
from policies.eligibility import check
from policies.pricing import quote
from tests.policies.sample_facts import ADA, ANN, MIA, NEW_LINE, facts, named_line, person
from tests.sample_types import asked

ANYONE = person("Eve")
RELATIONS = {
    "S": Relation.SELF,
    "M": Relation.MANAGER,
    "O": Relation.OWNER,
    "A": Relation.APPROVER,
    "D": Relation.DECIDER,
    "W": Relation.WATCHER,
    "T": Relation.ASSIGNEE,
}
ROLES = {
    "o": Role.OWNER,
    "d": Role.DESK,
    "s": Role.SUPPORT,
    "c": Role.CARE,
    "a": Role.ADMIN,
    "u": Role.AUDITOR,
    "v": Role.SERVICE,
}

# Who has each right: an employee with one relation to the thing, a person with one role and no relation, or (-) an
# employee with neither. x is allowed.
RIGHTS = """
                         S M O A D W T   o d s c a u v   -
order.submit             x x x x x x x   x x x x x . x   x
order.for_anybody        . . . . . . .   . x . x x . x   .
order.list               x x x x x x x   x x x x x x x   x
order.read               x x x x x x .   . x x x x x .   .
order.history            . . . . . . .   . . . . x x .   .
order.identifiers        x . x . . . .   . x . x x . .   .
order.decide             . . . . x . .   . . . . . . .   .
order.answer             x . . . . . .   . x . . x . .   .
order.withdraw           x . . . . . .   . . . . x . .   .
order.cancel             x . . x . . .   . x . . x . .   .
order.cancel_at_carrier  x . . . . . .   . x . . x . .   .
order.activate           x . x . . . .   . x . x x . .   .
order.reassign           . . . . x . .   . . . . x . .   .
order.reschedule         x . . . . . .   . . . . x . .   .
order.repair             . . . . . . .   . x . . x . .   .
order.recover            . . . . . . .   . . . . x . .   .
type.read                x x x x x x x   x x x x x x x   x
catalog.read             x x x x x x x   x x x x x x x   x
person.read              x x x . . . .   . x x x x x .   .
person.look_up           . . . . . . .   . . x x x . .   .
person.create            . . . . . . .   . . x . x . .   .
person.reset             . . . . . . .   . . x . x . .   .
person.user_name         . . . . . . .   . . x . x . .   .
person.grant             . . . . . . .   . . x . x . .   .
person.change            . . . . . . .   . . . . x . .   .
leave.list               x x x x x x x   x x x x x x x   x
leave.read               x x . . . . .   . . . . x x .   .
leave.start              . x . . . . .   . . . . x . .   .
leave.choose             x x . . . . .   . . . . x . .   .
leave.cancel             . x . . . . .   . . . . x . .   .
approval.list            x x x x x x x   x x x x x x x   x
attestation.list         x x x x x x x   x x x x x x x   x
attestation.give         x x x x x x x   x x x x x x x   x
consent_text.read        x x x x x x x   x x x x x x x   x
consent_text.publish     . . . . . . .   . . . . x . .   .
carrier_rule.read        . . . . . . .   . . . . x x .   .
carrier_rule.add         . . . . . . .   . . . . x . .   .
import.read              . . . . . . .   . . . . x . .   .
import.check             . . . . . . .   . . . . x . .   .
import.apply             . . . . . . .   . . . . x . .   .
reconciliation.read      . . . . . . .   . . . . x x .   .
reconciliation.run       . . . . . . .   . . . . x . .   .
site.read                . . . . . . .   . x x x x x .   .
site.change              . . . . . . .   . . . . x . .   .
kit.read                 . . . . . . .   . x x x x x .   .
kit.change               . . . . . . .   . . . . x . .   .
carrier_account.read     . . . . . . .   . . . . x x .   .
carrier_account.change   . . . . . . .   . . . . x . .   .
carrier_account.secure   . . . . . . .   . . . . x . .   .
line.list                x x x x x x x   x x x x x x x   x
line.read                x x x . . . .   . x x x x x .   .
line.identifiers         x . x . . . .   . x . x x . .   .
line.repair              . . . . . . .   . x . . x . .   .
device.list              x x x x x x x   x x x x x x x   x
device.read              x x x . . . .   . x x x x x .   .
device.identifiers       x . x . . . .   . x . x x . .   .
company.read             . . . . . . .   . . . . x x .   .
company.change           . . . . . . .   . . . . x . .   .
account.list             . . . . . . .   x x x x x x .   .
account.read             . . x . . . .   . x x x x x .   .
account.protect          . . . . . . .   . . . . x . .   .
task.list                . . . . . . x   . x x x x x .   .
task.read                . . . . . . x   . . . . x x .   .
task.settle              . . . . . . x   . . . . x . .   .
search.read              x x x x x x x   x x x x x x x   x
announcement.read        x x x x x x x   x x x x x x x   x
announcement.dismiss     x x x x x x x   x x x x x x x   x
announcement.post        . . . . . . .   . . . . x . .   .
profile.read             x x x x x x x   x x x x x x x   x
profile.change           x x x x x x x   x x x x x x x   x
session.read             x x x x x x x   x x x x x x x   x
session.end              x . . . . . .   . . . . . . .   .
token.read               x . . . . . .   . . . . x . .   .
token.create             x . . . . . .   . . . . x . .   .
token.revoke             x . . . . . .   . . . . x . .   .
email_switch.read        . . . . . . .   . . . . x x .   .
email_switch.change      . . . . . . .   . . . . x . .   .
audit.read               . . . . . . .   . . . . x x .   .
payload.read             . . . . . . .   . . . . x . .   .
"""

# What people with several roles or relations can do about one order. An auditor decides nothing whatever else they
# are, former employees can do nothing, and people of another tenant have no relation to the order.
PEOPLE: Mapping[str, tuple[Person, frozenset[Relation]]] = {
    "requester": (ANYONE, frozenset({Relation.SELF})),
    "beneficiary": (ANYONE, frozenset({Relation.SELF})),
    "manager-who-approves": (ANYONE, frozenset({Relation.MANAGER, Relation.APPROVER, Relation.DECIDER})),
    "manager-who-approved": (ANYONE, frozenset({Relation.MANAGER, Relation.APPROVER})),
    "account-owner": (replace(ANYONE, roles=frozenset({Role.OWNER})), frozenset({Relation.OWNER})),
    "owner-of-another-account": (replace(ANYONE, roles=frozenset({Role.OWNER})), frozenset()),
    "auditor-who-approves": (
        replace(ANYONE, roles=frozenset({Role.AUDITOR})),
        frozenset({Relation.APPROVER, Relation.DECIDER}),
    ),
    "auditor-with-every-role": (replace(ANYONE, roles=frozenset(Role)), frozenset(Relation)),
    "former-admin": (replace(ANYONE, active=False, roles=frozenset({Role.ADMIN})), frozenset(Relation)),
    "other-tenant-employee": (replace(ANYONE, tenant="globex"), frozenset()),
    "other-tenant-owner": (replace(ANYONE, tenant="globex", roles=frozenset({Role.OWNER})), frozenset()),
}
ORDER_RIGHTS = {
    "R": "order.read",
    "H": "order.history",
    "I": "order.identifiers",
    "D": "order.decide",
    "G": "order.reassign",
    "A": "order.answer",
    "W": "order.withdraw",
    "C": "order.cancel",
    "K": "order.cancel_at_carrier",
    "V": "order.activate",
    "S": "order.reschedule",
    "F": "order.repair",
}
DECISIONS = """
                          R H I   D G   A W C K V S   F
requester                 x . x   . .   x x x x x x   .
beneficiary               x . x   . .   x x x x x x   .
manager-who-approves      x . .   x x   . . x . . .   .
manager-who-approved      x . .   . .   . . x . . .   .
account-owner             x . x   . .   . . . . x .   .
owner-of-another-account  . . .   . .   . . . . . .   .
auditor-who-approves      x x .   . .   . . . . . .   .
auditor-with-every-role   x x x   . .   . . . . . .   .
former-admin              . . .   . .   . . . . . .   .
other-tenant-employee     . . .   . .   . . . . . .   .
other-tenant-owner        . . .   . .   . . . . . .   .
"""

# Separation of duties: whether a manager of the beneficiary gets into the approval plan.
APPROVERS = {
    "manager": True,
    "requester": False,
    "beneficiary": False,
    "auditor": False,
    "former-employee": False,
    "admin": True,
    "admin-and-requester": False,
    "desk": True,
    "support": True,
    "account-owner": True,
}

# Who can order a change of a line. The order is charged to account A, which both owners own; the line is of account A,
# or of another account (B), which only the first owner owns, too.
LINE_CHANGES = """
                          A B
holder                    x x
manager-of-the-holder     x x
account-owner             x x
owner-of-another-account  x .
desk                      x x
care                      x x
admin                     x x
service                   x x
support                   . .
auditor                   . .
auditor-and-desk          . .
former-admin              . .
colleague                 . .
"""

# The right that each action requires, and for canceling the right in each status.
ACTION_RIGHTS = {
    "approve": "order.decide",
    "reject": "order.decide",
    "request_info": "order.decide",
    "provide_info": "order.answer",
    "reassign": "order.reassign",
    "reschedule": "order.reschedule",
    "activate": "order.activate",
    "retry": "order.repair",
    "complete_manually": "order.repair",
    "place_again": "order.repair",
    "keep_waiting": "order.answer",
    "correct": "order.answer",
    "confirm_receipt": "order.activate",
    "report_not_received": "order.activate",
    "start_return": "order.activate",
    "receive": "order.repair",
}
CANCEL_RIGHTS = {
    "VALIDATING": "order.withdraw",
    "AWAITING_APPROVAL": "order.withdraw",
    "INFO_REQUESTED": "order.withdraw",
    "APPROVED": "order.cancel",
    "SCHEDULED": "order.cancel",
    "ON_HOLD": "order.cancel",
    "SUBMITTING": "order.cancel_at_carrier",
    "IN_FULFILLMENT": "order.cancel_at_carrier",
    "VENDOR_INFO_REQUIRED": "order.cancel_at_carrier",
    "BACKORDERED": "order.cancel_at_carrier",
    "SHIPPED": "order.cancel_at_carrier",
    "AWAITING_ACTIVATION": "order.cancel_at_carrier",
    "FAILED": "order.cancel_at_carrier",
}


def _cells(grid: str) -> dict[tuple[str, str], bool]:
    """Each cell of a grid by its row and the letter of its column."""
    header, *rows = [line.split() for line in grid.strip().splitlines()]
    return {
        (row, letter): {"x": True, ".": False}[cell]
        for row, *cells in rows
        for letter, cell in zip(header, cells, strict=True)
    }


GRANT_CELLS, DECISION_CELLS, LINE_CELLS = _cells(RIGHTS), _cells(DECISIONS), _cells(LINE_CHANGES)


def test_the_tables_have_every_cell() -> None:
    assert set(GRANT_CELLS) == set(itertools.product(Right, [*RELATIONS, *ROLES, "-"]))
    assert set(GRANTS) == set(Right)
    assert set(RELATIONS.values()) == set(Relation)
    assert set(ROLES.values()) == set(Role)
    assert {row for row, _ in DECISION_CELLS} == set(PEOPLE)
    assert set(ACTION_RIGHTS) == set(Action) - {Action.CANCEL}


@pytest.mark.parametrize(("right", "column"), GRANT_CELLS)
def test_a_relation_or_role_grants_exactly_the_rights_in_the_table(right: str, column: str) -> None:
    relations = {RELATIONS[column]} if column in RELATIONS else set()
    roles = {ROLES[column]} if column in ROLES else set()
    someone = replace(ANYONE, roles=frozenset(roles))
    assert is_allowed(someone, Right(right), relations) is GRANT_CELLS[right, column]


@pytest.mark.parametrize(("name", "column"), DECISION_CELLS)
def test_a_person_can_do_to_an_order_exactly_what_the_table_says(name: str, column: str) -> None:
    someone, relations = PEOPLE[name]
    assert is_allowed(someone, Right(ORDER_RIGHTS[column]), relations) is DECISION_CELLS[name, column]


@pytest.mark.parametrize("name", APPROVERS)
def test_only_people_without_another_part_in_an_order_approve_it(name: str) -> None:
    roles = {
        "auditor": {Role.AUDITOR},
        "admin": {Role.ADMIN},
        "admin-and-requester": {Role.ADMIN},
        "desk": {Role.DESK},
        "support": {Role.SUPPORT},
        "account-owner": {Role.OWNER},
    }
    candidate = replace(MIA, active=name != "former-employee", roles=frozenset(roles.get(name, set())))
    known = facts(
        type=replace(NEW_LINE, approval="MANAGER"),
        requester=candidate if name in {"requester", "admin-and-requester"} else ADA,
        beneficiary=candidate if name == "beneficiary" else ANN,
        managers=(candidate,),
        admins=(),
    )
    (stage,) = plan(known, quote(known), ())
    assert bool(stage.approvers) is APPROVERS[name]


@pytest.mark.fault("28")
@pytest.mark.parametrize(("name", "column"), LINE_CELLS)
def test_a_person_can_change_exactly_the_lines_in_the_table(name: str, column: str) -> None:
    roles: dict[str, set[Role]] = {
        "account-owner": {Role.OWNER},
        "owner-of-another-account": {Role.OWNER},
        "auditor-and-desk": {Role.AUDITOR, Role.DESK},
        "former-admin": {Role.ADMIN},
        **{role.value: {role} for role in Role if role is not Role.OWNER},
    }
    someone = replace(
        {"holder": ANN, "manager-of-the-holder": MIA}.get(name, ANYONE),
        roles=frozenset(roles.get(name, set())),
        active=name != "former-admin",
    )
    owns = {"account-owner": {"A", "B"}, "owner-of-another-account": {"A"}}.get(name, set())
    line = replace(
        named_line("l1", ANN, (MIA,), account_id={"A": "sales", "B": "fleet"}[column]),
        owner_ids=(someone.id,) if column in owns else ("olga",),
    )
    known = facts(
        type=replace(
            NEW_LINE,
            subject=Subject.LINE,
            questions=asked("line"),
            checks=("requester_may_order",),
            touches=(Aspect.PLAN,),
        ),
        requester=someone,
        account=replace(facts().account, owner_ids=(someone.id,) if "A" in owns else ("olga",)),
        answers=({"line": "l1"},),
        lines={"l1": line},
    )
    denied = [error.code for error in check(known)]
    refusal = "NOT_AUTHORIZED_ON_BEHALF" if someone.active else "REQUESTER_INACTIVE"
    assert denied == ([] if LINE_CELLS[name, column] else [refusal])


@pytest.mark.parametrize(("action", "status"), list(itertools.product(ACTION_RIGHTS, Status)))
def test_an_action_requires_the_right_in_the_table_in_every_status(action: str, status: Status) -> None:
    assert required_right(Action(action), status) == ACTION_RIGHTS[action]


@pytest.mark.parametrize("status", CANCEL_RIGHTS)
def test_canceling_requires_the_right_in_the_table(status: str) -> None:
    assert required_right(Action.CANCEL, Status(status)) == CANCEL_RIGHTS[status]
