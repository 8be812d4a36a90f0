"""Authorization: one table grants every right to roles and relations."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from models.facts import Facts, Person, Relation, Role
from models.lifecycle import BEFORE_APPROVAL, NOT_SENT, Action, Status


class Right(StrEnum):
    """Something a person can be allowed to do; the part before the dot is the kind of thing it applies to."""

    ORDER_SUBMIT = "order.submit"
    ORDER_FOR_ANYBODY = "order.for_anybody"
    ORDER_LIST = "order.list"
    ORDER_READ = "order.read"
    ORDER_HISTORY = "order.history"
    ORDER_IDENTIFIERS = "order.identifiers"
    ORDER_DECIDE = "order.decide"
    ORDER_ANSWER = "order.answer"
    ORDER_WITHDRAW = "order.withdraw"
    ORDER_CANCEL = "order.cancel"
    ORDER_CANCEL_AT_CARRIER = "order.cancel_at_carrier"
    ORDER_ACTIVATE = "order.activate"
    ORDER_REASSIGN = "order.reassign"
    ORDER_RESCHEDULE = "order.reschedule"
    ORDER_REPAIR = "order.repair"
    ORDER_RECOVER = "order.recover"
    TYPE_READ = "type.read"
    CATALOG_READ = "catalog.read"
    PERSON_READ = "person.read"
    PERSON_LOOK_UP = "person.look_up"
    PERSON_CREATE = "person.create"
    PERSON_RESET = "person.reset"
    PERSON_USER_NAME = "person.user_name"
    PERSON_GRANT = "person.grant"
    PERSON_CHANGE = "person.change"
    LEAVE_LIST = "leave.list"
    LEAVE_READ = "leave.read"
    LEAVE_START = "leave.start"
    LEAVE_CHOOSE = "leave.choose"
    LEAVE_CANCEL = "leave.cancel"
    APPROVAL_LIST = "approval.list"
    ATTESTATION_LIST = "attestation.list"
    ATTESTATION_GIVE = "attestation.give"
    CONSENT_TEXT_READ = "consent_text.read"
    CONSENT_TEXT_PUBLISH = "consent_text.publish"
    CARRIER_RULE_READ = "carrier_rule.read"
    CARRIER_RULE_ADD = "carrier_rule.add"
    IMPORT_READ = "import.read"
    IMPORT_CHECK = "import.check"
    IMPORT_APPLY = "import.apply"
    RECONCILIATION_READ = "reconciliation.read"
    RECONCILIATION_RUN = "reconciliation.run"
    SITE_READ = "site.read"
    SITE_CHANGE = "site.change"
    KIT_READ = "kit.read"
    KIT_CHANGE = "kit.change"
    CARRIER_ACCOUNT_READ = "carrier_account.read"
    CARRIER_ACCOUNT_CHANGE = "carrier_account.change"
    CARRIER_ACCOUNT_SECURE = "carrier_account.secure"
    LINE_LIST = "line.list"
    LINE_READ = "line.read"
    LINE_IDENTIFIERS = "line.identifiers"
    LINE_REPAIR = "line.repair"
    DEVICE_LIST = "device.list"
    DEVICE_READ = "device.read"
    DEVICE_IDENTIFIERS = "device.identifiers"
    COMPANY_READ = "company.read"
    COMPANY_CHANGE = "company.change"
    ACCOUNT_LIST = "account.list"
    ACCOUNT_READ = "account.read"
    ACCOUNT_PROTECT = "account.protect"
    TASK_LIST = "task.list"
    TASK_READ = "task.read"
    TASK_SETTLE = "task.settle"
    SEARCH = "search.read"
    ANNOUNCEMENT_READ = "announcement.read"
    ANNOUNCEMENT_POST = "announcement.post"
    ANNOUNCEMENT_DISMISS = "announcement.dismiss"
    PROFILE_READ = "profile.read"
    PROFILE_CHANGE = "profile.change"
    SESSION_READ = "session.read"
    SESSION_END = "session.end"
    TOKEN_READ = "token.read"  # noqa: S105 - a word
    TOKEN_CREATE = "token.create"  # noqa: S105 - a word
    TOKEN_REVOKE = "token.revoke"  # noqa: S105 - a word
    EMAIL_SWITCH_READ = "email_switch.read"
    EMAIL_SWITCH_CHANGE = "email_switch.change"
    AUDIT_READ = "audit.read"
    PAYLOAD_READ = "payload.read"

    @property
    def read_right(self) -> "Right":
        """The right to see the thing; without it the response is 404."""
        return Right(f"{self.split('.')[0]}.read")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Who has a right: every signed-in person, people with a role, or people with a relation to the thing."""

    everyone: bool = False
    roles: frozenset[Role] = frozenset()
    relations: frozenset[Relation] = frozenset()


def _grant(*grantees: Role | Relation) -> Grant:
    return Grant(
        roles=frozenset(grantee for grantee in grantees if isinstance(grantee, Role)),
        relations=frozenset(grantee for grantee in grantees if isinstance(grantee, Relation)),
    )


_EVERYONE = Grant(everyone=True)
_STAFF = (Role.DESK, Role.SUPPORT, Role.CARE, Role.ADMIN, Role.AUDITOR)
_IDENTIFIERS = _grant(Relation.SELF, Relation.OWNER, Role.DESK, Role.CARE, Role.ADMIN)
_SUPPORT = _grant(Role.SUPPORT, Role.ADMIN)
_TOKENS = _grant(Relation.SELF, Role.ADMIN)  # an admin manages the tokens of service accounts
_READERS = _grant(Relation.SELF, Relation.MANAGER, Relation.OWNER, *_STAFF)

GRANTS: Mapping[Right, Grant] = MappingProxyType(
    {
        # The check requester_may_order decides for whom a person can order.
        Right.ORDER_SUBMIT: _EVERYONE,
        Right.ORDER_FOR_ANYBODY: _grant(Role.DESK, Role.CARE, Role.ADMIN, Role.SERVICE),
        Right.ORDER_LIST: _EVERYONE,
        Right.ORDER_READ: _grant(
            Relation.SELF,
            Relation.MANAGER,
            Relation.OWNER,
            Relation.APPROVER,
            Relation.DECIDER,
            Relation.WATCHER,
            *_STAFF,
        ),
        Right.ORDER_HISTORY: _grant(Role.ADMIN, Role.AUDITOR),
        Right.ORDER_IDENTIFIERS: _IDENTIFIERS,
        Right.ORDER_DECIDE: _grant(Relation.DECIDER),
        Right.ORDER_ANSWER: _grant(Relation.SELF, Role.DESK, Role.ADMIN),
        Right.ORDER_WITHDRAW: _grant(Relation.SELF, Role.ADMIN),
        Right.ORDER_CANCEL: _grant(Relation.SELF, Relation.APPROVER, Role.DESK, Role.ADMIN),
        Right.ORDER_CANCEL_AT_CARRIER: _grant(Relation.SELF, Role.DESK, Role.ADMIN),
        Right.ORDER_ACTIVATE: _grant(Relation.SELF, Relation.OWNER, Role.DESK, Role.CARE, Role.ADMIN),
        Right.ORDER_REASSIGN: _grant(Relation.DECIDER, Role.ADMIN),
        Right.ORDER_RESCHEDULE: _grant(Relation.SELF, Role.ADMIN),
        Right.ORDER_REPAIR: _grant(Role.DESK, Role.ADMIN),
        Right.ORDER_RECOVER: _grant(Role.ADMIN),
        Right.TYPE_READ: _EVERYONE,
        Right.CATALOG_READ: _EVERYONE,
        Right.PERSON_READ: _READERS,
        Right.PERSON_LOOK_UP: _grant(Role.SUPPORT, Role.CARE, Role.ADMIN),
        Right.PERSON_CREATE: _SUPPORT,
        Right.PERSON_RESET: _SUPPORT,
        Right.PERSON_USER_NAME: _SUPPORT,
        Right.PERSON_GRANT: _SUPPORT,
        Right.PERSON_CHANGE: _grant(Role.ADMIN),
        # Everyone has only those that they can read.
        Right.LEAVE_LIST: _EVERYONE,
        Right.LEAVE_READ: _grant(Relation.SELF, Relation.MANAGER, Role.ADMIN, Role.AUDITOR),
        Right.LEAVE_START: _grant(Relation.MANAGER, Role.ADMIN),
        Right.LEAVE_CHOOSE: _grant(Relation.SELF, Relation.MANAGER, Role.ADMIN),
        Right.LEAVE_CANCEL: _grant(Relation.MANAGER, Role.ADMIN),
        Right.APPROVAL_LIST: _EVERYONE,
        # Everyone has only their own.
        Right.ATTESTATION_LIST: _EVERYONE,
        Right.ATTESTATION_GIVE: _EVERYONE,
        Right.CONSENT_TEXT_READ: _EVERYONE,
        Right.CONSENT_TEXT_PUBLISH: _grant(Role.ADMIN),
        Right.CARRIER_RULE_READ: _grant(Role.ADMIN, Role.AUDITOR),
        Right.CARRIER_RULE_ADD: _grant(Role.ADMIN),
        # Files have everything of the company, whole identifiers and addresses included.
        Right.IMPORT_READ: _grant(Role.ADMIN),
        Right.IMPORT_CHECK: _grant(Role.ADMIN),
        Right.IMPORT_APPLY: _grant(Role.ADMIN),
        Right.RECONCILIATION_READ: _grant(Role.ADMIN, Role.AUDITOR),
        Right.RECONCILIATION_RUN: _grant(Role.ADMIN),
        Right.SITE_READ: _grant(*_STAFF),
        Right.SITE_CHANGE: _grant(Role.ADMIN),
        Right.KIT_READ: _grant(*_STAFF),
        Right.KIT_CHANGE: _grant(Role.ADMIN),
        Right.CARRIER_ACCOUNT_READ: _grant(Role.ADMIN, Role.AUDITOR),
        Right.CARRIER_ACCOUNT_CHANGE: _grant(Role.ADMIN),
        Right.CARRIER_ACCOUNT_SECURE: _grant(Role.ADMIN),
        Right.LINE_LIST: _EVERYONE,
        Right.LINE_READ: _READERS,
        Right.LINE_IDENTIFIERS: _IDENTIFIERS,
        Right.LINE_REPAIR: _grant(Role.DESK, Role.ADMIN),
        Right.DEVICE_LIST: _EVERYONE,
        Right.DEVICE_READ: _READERS,
        Right.DEVICE_IDENTIFIERS: _IDENTIFIERS,
        Right.COMPANY_READ: _grant(Role.ADMIN, Role.AUDITOR),
        Right.COMPANY_CHANGE: _grant(Role.ADMIN),
        Right.ACCOUNT_LIST: _grant(Role.OWNER, *_STAFF),
        Right.ACCOUNT_READ: _grant(Relation.OWNER, *_STAFF),
        Right.ACCOUNT_PROTECT: _grant(Role.ADMIN),
        Right.TASK_LIST: _grant(Relation.ASSIGNEE, *_STAFF),
        Right.TASK_READ: _grant(Relation.ASSIGNEE, Role.ADMIN, Role.AUDITOR),
        # What a choice does takes its own right, too.
        Right.TASK_SETTLE: _grant(Relation.ASSIGNEE, Role.ADMIN),
        # The results are limited by the right to read each kind of thing.
        Right.SEARCH: _EVERYONE,
        Right.ANNOUNCEMENT_READ: _EVERYONE,
        Right.ANNOUNCEMENT_POST: _grant(Role.ADMIN),
        Right.ANNOUNCEMENT_DISMISS: _EVERYONE,
        Right.PROFILE_READ: _EVERYONE,
        Right.PROFILE_CHANGE: _EVERYONE,
        Right.SESSION_READ: _EVERYONE,
        Right.SESSION_END: _grant(Relation.SELF),
        Right.TOKEN_READ: _TOKENS,
        Right.TOKEN_CREATE: _TOKENS,
        Right.TOKEN_REVOKE: _TOKENS,
        Right.EMAIL_SWITCH_READ: _grant(Role.ADMIN, Role.AUDITOR),
        Right.EMAIL_SWITCH_CHANGE: _grant(Role.ADMIN),
        Right.AUDIT_READ: _grant(Role.ADMIN, Role.AUDITOR),
        Right.PAYLOAD_READ: _grant(Role.ADMIN),
    }
)

# Rights that require a recent second factor.
SENSITIVE: frozenset[Right] = frozenset(
    {Right.PROFILE_CHANGE, Right.TOKEN_CREATE, Right.PERSON_CREATE, Right.PERSON_RESET, Right.PAYLOAD_READ}
    | {Right.PERSON_GRANT, Right.PERSON_CHANGE, Right.COMPANY_CHANGE, Right.CARRIER_ACCOUNT_SECURE}
    | {Right.LEAVE_START, Right.LEAVE_CHOOSE, Right.LEAVE_CANCEL}
)

# Auditors have only these rights: those that change nothing, and those over their own sign-in, pages and consents.
READ_ONLY: frozenset[Right] = frozenset(
    {right for right in Right if right.endswith((".read", ".list", ".identifiers"))} | {Right.ORDER_HISTORY}
)
SELF_SERVICE: frozenset[Right] = frozenset(
    {Right.PROFILE_READ, Right.PROFILE_CHANGE, Right.SESSION_READ, Right.SESSION_END}
    | {Right.TOKEN_READ, Right.TOKEN_CREATE, Right.TOKEN_REVOKE, Right.ANNOUNCEMENT_DISMISS, Right.ATTESTATION_GIVE}
)

# The roles that people with a role can assign, and take away.
_ASSIGNABLE: Mapping[Role, frozenset[Role]] = MappingProxyType(
    {Role.SUPPORT: frozenset({Role.OWNER}), Role.ADMIN: frozenset(Role)}
)

_REQUIRED_RIGHTS: Mapping[Action, Right] = MappingProxyType(
    {
        Action.APPROVE: Right.ORDER_DECIDE,
        Action.REJECT: Right.ORDER_DECIDE,
        Action.REQUEST_INFO: Right.ORDER_DECIDE,
        Action.PROVIDE_INFO: Right.ORDER_ANSWER,
        Action.REASSIGN: Right.ORDER_REASSIGN,
        Action.RESCHEDULE: Right.ORDER_RESCHEDULE,
        Action.ACTIVATE: Right.ORDER_ACTIVATE,
        Action.RETRY: Right.ORDER_REPAIR,
        Action.COMPLETE_MANUALLY: Right.ORDER_REPAIR,
        Action.PLACE_AGAIN: Right.ORDER_REPAIR,
        Action.CONFIRM_RECEIPT: Right.ORDER_ACTIVATE,
        Action.REPORT_NOT_RECEIVED: Right.ORDER_ACTIVATE,
        Action.START_RETURN: Right.ORDER_ACTIVATE,
        Action.KEEP_WAITING: Right.ORDER_ANSWER,
        Action.CORRECT: Right.ORDER_ANSWER,
        Action.RECEIVE: Right.ORDER_REPAIR,
    }
)


def is_allowed(person: Person, right: Right, relations: Collection[Relation] = ()) -> bool:
    """Whether the person has the right over a thing they have these relations to.

    Without relations: over everything in the tenant. Queries keep tenants apart.
    """
    grant = GRANTS[right]
    if not person.active or (Role.AUDITOR in person.roles and right not in READ_ONLY | SELF_SERVICE):
        return False
    return grant.everyone or bool(grant.roles & person.roles) or bool(grant.relations.intersection(relations))


def can_approve(person: Person) -> bool:
    """Whether the person can be asked to approve orders: active, and not an auditor."""
    return is_allowed(person, Right.ORDER_DECIDE, {Relation.DECIDER})


def acts_for_account(person: Person, facts: Facts) -> bool:
    """Whether the person owns the account of the order, or can order for anyone."""
    return is_allowed(person, Right.ORDER_FOR_ANYBODY) or person.id in facts.account.owner_ids


def required_right(action: Action, status: Status) -> Right:
    """The right that an action on an order requires; for canceling, it depends on the status."""
    if action is not Action.CANCEL:
        return _REQUIRED_RIGHTS[action]
    if status in BEFORE_APPROVAL:
        return Right.ORDER_WITHDRAW
    if status in NOT_SENT:
        return Right.ORDER_CANCEL
    return Right.ORDER_CANCEL_AT_CARRIER


def assignable_roles(person: Person) -> frozenset[Role]:
    """The roles the person can assign, and take away."""
    return frozenset().union(*(_ASSIGNABLE.get(role, frozenset()) for role in person.roles))


def can_change_roles(person: Person, other: Person, roles: Collection[Role]) -> bool:
    """Whether the person can give the other these roles in place of theirs.

    Only admins change their own roles, and those of admins.
    """
    return assignable_roles(person).issuperset(other.roles.symmetric_difference(roles)) and (
        Role.ADMIN in person.roles or (person.id != other.id and Role.ADMIN not in other.roles)
    )


def can_reset_credentials(person: Person, other: Person) -> bool:
    """Whether the person can reset the sign-in of the other: never their own, and an admin's only as an admin."""
    return person.id != other.id and (Role.ADMIN in person.roles or Role.ADMIN not in other.roles)
