"""Which answers of an order people read."""

from collections.abc import Collection

from models.facts import Relation
from models.question import Secrecy

_READ_PERSONAL = frozenset({Relation.SELF, Relation.APPROVER, Relation.DECIDER})


def readable(relations: Collection[Relation], *, identifiers: bool) -> Secrecy:
    """Up to which secrecy someone with these relations to an order reads its answers.

    `identifiers`: with the right to see identifiers, and where they may be shown, which excludes emails.
    """
    if identifiers:
        return Secrecy.IDENTIFIER
    return Secrecy.PLAIN if _READ_PERSONAL.isdisjoint(relations) else Secrecy.PERSONAL
