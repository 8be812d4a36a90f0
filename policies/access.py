"""Who may do what: one table of rights, read by every door."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from models.facts import Person, Relation, Role
from models.lifecycle import Action, Status


class Right(StrEnum):
    """One thing a person may be allowed to do; the part before the dot is what it is done to."""

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
    APPROVAL_LIST = "approval.list"
    LINE_LIST = "line.list"
    LINE_READ = "line.read"
    LINE_IDENTIFIERS = "line.identifiers"
    LINE_REPAIR = "line.repair"
    DEVICE_LIST = "device.list"
    DEVICE_READ = "device.read"
    DEVICE_IDENTIFIERS = "device.identifiers"
    ACCOUNT_LIST = "account.list"
    ACCOUNT_READ = "account.read"
    SEARCH = "search.read"
    DRAFT_READ = "draft.read"
    NOTICE_READ = "notice.read"
    NOTICE_PUBLISH = "notice.publish"
    ACCOUNT_BILLS = "account.bills"
    ACCOUNT_BULK = "account.bulk"
    CASE_READ = "case.read"
    CASE_OPEN = "case.open"
    CASE_WORK = "case.work"
    PROFILE_READ = "profile.read"
    PROFILE_CHANGE = "profile.change"
    SESSION_READ = "session.read"
    SESSION_END = "session.end"
    TOKEN_READ = "token.read"  # noqa: S105 - a word
    TOKEN_CREATE = "token.create"  # noqa: S105 - a word
    TOKEN_REVOKE = "token.revoke"  # noqa: S105 - a word
    AUDIT_READ = "audit.read"
    PAYLOAD_READ = "payload.read"

    @property
    def reading(self) -> "Right":
        """The right to know that the thing exists; without it the answer is "not found"."""
        return Right(f"{self.split('.')[0]}.read")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """To whom a right is given: everybody signed in, holders of a role, or those tied to the thing."""

    everybody: bool = False
    roles: frozenset[Role] = frozenset()
    relations: frozenset[Relation] = frozenset()


def _to(*whom: Role | Relation) -> Grant:
    return Grant(
        roles=frozenset(one for one in whom if isinstance(one, Role)),
        relations=frozenset(one for one in whom if isinstance(one, Relation)),
    )


_EVERYBODY = Grant(everybody=True)
_AGENTS = (Role.DESK, Role.SUPPORT, Role.CARE, Role.ADMIN)
_STAFF = (*_AGENTS, Role.AUDITOR)
_IDENTIFIERS = _to(Relation.SELF, Relation.OWNER, Role.DESK, Role.CARE, Role.ADMIN)
_SUPPORT = _to(Role.SUPPORT, Role.ADMIN)
_TOKENS = _to(Relation.SELF, Role.ADMIN)  # an administrator: those of service accounts
_REPORTS = _to(Relation.SELF, Relation.MANAGER, Relation.OWNER, *_STAFF)

TABLE: Mapping[Right, Grant] = MappingProxyType(
    {
        # For whom somebody may order is a rule with a code of its own (Check.REQUESTER_MAY_ORDER).
        Right.ORDER_SUBMIT: _EVERYBODY,
        Right.ORDER_FOR_ANYBODY: _to(Role.DESK, Role.CARE, Role.ADMIN, Role.SERVICE),
        Right.ORDER_LIST: _EVERYBODY,
        Right.ORDER_READ: _to(
            Relation.SELF,
            Relation.MANAGER,
            Relation.OWNER,
            Relation.APPROVER,
            Relation.DECIDER,
            Relation.WATCHER,
            *_STAFF,
        ),
        Right.ORDER_HISTORY: _to(Role.ADMIN, Role.AUDITOR),
        Right.ORDER_IDENTIFIERS: _IDENTIFIERS,
        Right.ORDER_DECIDE: _to(Relation.DECIDER),
        Right.ORDER_ANSWER: _to(Relation.SELF, Role.DESK, Role.ADMIN),
        Right.ORDER_WITHDRAW: _to(Relation.SELF, Role.ADMIN),
        Right.ORDER_CANCEL: _to(Relation.SELF, Relation.APPROVER, Role.ADMIN),
        Right.ORDER_CANCEL_AT_CARRIER: _to(Relation.SELF, Role.DESK, Role.ADMIN),
        Right.ORDER_ACTIVATE: _to(Relation.SELF, Relation.OWNER, Role.DESK, Role.CARE, Role.ADMIN),
        Right.ORDER_REASSIGN: _to(Relation.DECIDER, Role.ADMIN),
        Right.ORDER_RESCHEDULE: _to(Relation.SELF, Role.ADMIN),
        Right.ORDER_REPAIR: _to(Role.DESK, Role.ADMIN),
        Right.ORDER_RECOVER: _to(Role.ADMIN),
        Right.TYPE_READ: _EVERYBODY,
        Right.CATALOG_READ: _EVERYBODY,
        Right.PERSON_READ: _REPORTS,
        Right.PERSON_LOOK_UP: _SUPPORT,
        Right.PERSON_CREATE: _SUPPORT,
        Right.PERSON_RESET: _SUPPORT,
        Right.APPROVAL_LIST: _EVERYBODY,
        Right.LINE_LIST: _EVERYBODY,
        Right.LINE_READ: _REPORTS,
        Right.LINE_IDENTIFIERS: _IDENTIFIERS,
        Right.LINE_REPAIR: _to(Role.DESK, Role.ADMIN),
        Right.DEVICE_LIST: _EVERYBODY,
        Right.DEVICE_READ: _REPORTS,
        Right.DEVICE_IDENTIFIERS: _IDENTIFIERS,
        Right.ACCOUNT_LIST: _to(Role.OWNER, *_STAFF),
        Right.ACCOUNT_READ: _to(Relation.OWNER, *_STAFF),
        # Each kind of thing is found under its own right.
        Right.SEARCH: _EVERYBODY,
        # One's own only: nobody else ever sees an order that was not sent.
        Right.DRAFT_READ: _EVERYBODY,
        Right.NOTICE_READ: _EVERYBODY,
        Right.NOTICE_PUBLISH: _to(Role.ADMIN),
        Right.ACCOUNT_BILLS: _to(Relation.OWNER, Role.SUPPORT, Role.ADMIN, Role.AUDITOR),
        Right.ACCOUNT_BULK: _to(Relation.OWNER, Role.DESK, Role.ADMIN),
        Right.CASE_READ: _to(Relation.SELF, Relation.OWNER, *_STAFF),
        Right.CASE_OPEN: _to(Relation.OWNER, *_AGENTS),
        Right.CASE_WORK: _to(Role.SUPPORT, Role.CARE, Role.ADMIN),
        Right.PROFILE_READ: _EVERYBODY,
        Right.PROFILE_CHANGE: _EVERYBODY,
        Right.SESSION_READ: _EVERYBODY,
        Right.SESSION_END: _to(Relation.SELF),
        Right.TOKEN_READ: _TOKENS,
        Right.TOKEN_CREATE: _TOKENS,
        Right.TOKEN_REVOKE: _TOKENS,
        Right.AUDIT_READ: _to(Role.ADMIN, Role.AUDITOR),
        Right.PAYLOAD_READ: _to(Role.ADMIN),
    }
)

# What takes a second factor given just now, whoever asks.
SENSITIVE: frozenset[Right] = frozenset(
    {Right.PROFILE_CHANGE, Right.TOKEN_CREATE, Right.PERSON_CREATE, Right.PERSON_RESET}
)

# Rights that change nothing, or only how one proves who one is: all that auditors keep of theirs.
READ_ONLY: frozenset[Right] = frozenset(
    {right for right in Right if right.endswith((".read", ".list", ".identifiers"))}
    | {Right.ORDER_HISTORY, Right.ACCOUNT_BILLS}
) - {Right.DRAFT_READ}  # whoever has a draft also writes it
SELF_SERVICE: frozenset[Right] = frozenset(
    {Right.PROFILE_READ, Right.PROFILE_CHANGE, Right.SESSION_READ, Right.SESSION_END}
    | {Right.TOKEN_READ, Right.TOKEN_CREATE, Right.TOKEN_REVOKE}
)

# Which roles somebody may give to whom they create: nobody makes more of others than their work needs.
ASSIGNABLE: Mapping[Role, frozenset[Role]] = MappingProxyType(
    {Role.SUPPORT: frozenset({Role.OWNER}), Role.ADMIN: frozenset(Role)}
)

_RIGHTS: Mapping[Action, Right] = MappingProxyType(
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
    }
)

_BEFORE_APPROVAL = frozenset({Status.VALIDATING, Status.AWAITING_APPROVAL, Status.INFO_REQUESTED})
_BEFORE_CARRIER = frozenset({Status.APPROVED, Status.SCHEDULED, Status.ON_HOLD})


def is_allowed(person: Person, right: Right, relations: Collection[Relation] = ()) -> bool:
    """Whether the person, tied to the thing by `relations`, has the right.

    Without relations: over everything of the tenant. Tenants are kept apart by the queries, not here.
    """
    grant = TABLE[right]
    if not person.active or (Role.AUDITOR in person.roles and right not in READ_ONLY | SELF_SERVICE):
        return False
    return grant.everybody or bool(grant.roles & person.roles) or bool(grant.relations.intersection(relations))


def may_decide(person: Person) -> bool:
    """Whether a person can be asked to decide about orders at all: whoever is still here, and no auditor."""
    return is_allowed(person, Right.ORDER_DECIDE, {Relation.DECIDER})


def right_to(action: Action, status: Status) -> Right:
    """The right an action on an order needs; for canceling it depends on how far the order is."""
    if action is not Action.CANCEL:
        return _RIGHTS[action]
    if status in _BEFORE_APPROVAL:
        return Right.ORDER_WITHDRAW
    if status in _BEFORE_CARRIER:
        return Right.ORDER_CANCEL
    return Right.ORDER_CANCEL_AT_CARRIER


def assignable_roles(person: Person) -> frozenset[Role]:
    """The roles this person may give to somebody they create."""
    return frozenset().union(*(ASSIGNABLE.get(role, frozenset()) for role in person.roles))


def can_reset_credentials(person: Person, other: Person) -> bool:
    """Whether this person may reset how another one signs in: administrators are helped by administrators alone.

    Nobody resets their own: support that is somebody else is what the second factor rests on.
    """
    return person.id != other.id and (Role.ADMIN in person.roles or Role.ADMIN not in other.roles)


def mask(identifier: str | None) -> str | None:
    """An identifier for those who need not know it: only the last four characters stay readable."""
    if identifier is None:
        return None
    return "•" * max(len(identifier) - 4, 0) + identifier[-4:]
