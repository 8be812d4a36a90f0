from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from models.holder import Holder, for_whom
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE
from policies.access import acts_for_account
from policies.check import Check, item_error
from policies.line_access import NO_DEVICE_PERMISSION, NO_PERMISSION, can_change


def _requester_may_order(facts: Facts) -> Iterator[FieldError]:
    if not facts.requester.active:
        detail = f"{facts.requester.name}, who ordered this, is no longer active. Someone else has to order it."
        yield FieldError(code="REQUESTER_INACTIVE", field=None, detail=detail)
    elif facts.type.about_inventory:
        yield from _may_change_things(facts)
    elif not acts_for_account(facts.requester, facts):
        yield from _may_order_for_beneficiary(facts)


def _may_order_for_beneficiary(facts: Facts) -> Iterator[FieldError]:
    requester, beneficiary = facts.requester, facts.beneficiary
    manages = any(manager.id == requester.id for manager in facts.managers)
    if requester.id != facts.representative.id and not manages:
        yield FieldError(
            code="NOT_AUTHORIZED_ON_BEHALF",
            field="beneficiary_id",
            detail=f"{_lacks_permission_to(facts, f'order for {beneficiary.name}')} "
            "Ask one of their managers, an account owner, or the telecom desk.",
        )
    if facts.account.id != beneficiary.account_id:
        yield FieldError(
            code="ACCOUNT_NOT_YOURS",
            field="account_id",
            detail=f"{_lacks_permission_to(facts, f'charge account {facts.account.number}')} "
            "Ask an account owner or the telecom desk.",
        )


def _may_change_things(facts: Facts) -> Iterator[FieldError]:
    """Check that the requester can change every line or device, and names no other beneficiary than its holder."""
    question, kind = (DEVICE_HELD, "device") if facts.type.about_devices else (LINE, "line")
    for item, named in facts.things_by_item():
        if not can_change(facts, named):
            yield item_error(item, question, "NOT_AUTHORIZED_ON_BEHALF", _why_not_this_thing(facts))
    if not facts.type.changes_hands and facts.named_things and facts.beneficiary.holder != _holder(facts):
        detail = (
            f"This {kind} is no longer assigned to {facts.beneficiary.name}."
            if facts.submitted
            else f"This {kind} isn't assigned to {facts.beneficiary.name}. Leave this blank to order for its user."
        )
        yield FieldError(code="NOT_THE_HOLDER", field="beneficiary_id", detail=detail)


def _why_not_this_thing(facts: Facts) -> str:
    if facts.type.about_devices:
        return _lacks_permission_to(facts, "order for this device") if facts.submitted else NO_DEVICE_PERMISSION
    return _lacks_permission_to(facts, "change this line") if facts.submitted else NO_PERMISSION


def _lacks_permission_to(facts: Facts, act: str) -> str:
    if facts.submitted:
        return f"{facts.requester.name} no longer has permission to {act}."
    return f"You don't have permission to {act}."


def _holder(facts: Facts) -> Holder:
    return for_whom([named.record.holder for named in facts.named_things], facts.requester.id)


REQUESTER_MAY_ORDER = Check(
    code="requester_may_order",
    errors=("REQUESTER_INACTIVE", "NOT_AUTHORIZED_ON_BEHALF", "ACCOUNT_NOT_YOURS", "NOT_THE_HOLDER"),
    judge=_requester_may_order,
    about_permission=True,
)
