"""Who has permission to change an existing line."""

from models.facts import Facts, NamedLine
from policies.access import acts_for_account

NO_PERMISSION = (
    "You don't have permission to change this line. Ask a manager of its user, an account owner, or the telecom desk."
)


def can_change(facts: Facts, named: NamedLine) -> bool:
    """Whether the requester acts for the line's holder, manages the one who does, or acts for the line's account."""
    own_account = named.line.account_id == facts.account.id
    near = {person.id for person in (named.assigned_to.representative, *named.managers) if person}
    return facts.requester.id in near or (own_account and acts_for_account(facts.requester, facts))
