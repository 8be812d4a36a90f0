from models.facts import Facts
from models.flags import purchasing
from models.order import Quote
from models.product import ProductKind
from policies.choices import choices
from policies.flag_rule import FlagRule
from policies.line_allowance import over_line_allowance


def _out_of_policy(facts: Facts, _: Quote) -> bool:
    """What a line has already is not asked for."""
    return any(choice.product and not choice.product.in_policy and not choice.present for choice in choices(facts))


def _over_device_cap(facts: Facts, _: Quote) -> bool:
    cap, products = facts.policy.device_cap, (choice.product for choice in choices(facts))
    devices = (product for product in products if product and product.kind is ProductKind.DEVICE)
    return cap is not None and any(device.one_time > cap for device in devices)


OUT_OF_POLICY = FlagRule(
    flag=purchasing.OUT_OF_POLICY,
    applies=_out_of_policy,
    why_budget=lambda _, __: "Something in this order is outside the purchasing policy.",
)
OVER_DEVICE_CAP = FlagRule(
    flag=purchasing.OVER_DEVICE_CAP,
    applies=_over_device_cap,
    why_budget=lambda _, __: "A device costs more than the purchasing policy allows.",
)
OVER_LINE_ALLOWANCE = FlagRule(flag=purchasing.OVER_LINE_ALLOWANCE, applies=lambda facts, _: over_line_allowance(facts))
