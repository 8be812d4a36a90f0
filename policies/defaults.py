"""The default answers: one function per ask that has a default."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from models.asks import Answer, Ask
from models.facts import Facts, Product

Default = Callable[[Facts, Mapping[str, Any]], Answer]

_WITHOUT_BILLING = frozenset({"seasonal", "vacation", "separation", "military"})


def required_features(answers: Mapping[str, Any], facts: Facts) -> Iterable[str]:
    """Return the SKUs of features that the device and the plan require."""
    for ask in (Ask.DEVICE, Ask.PLAN):
        product = _chosen(ask, facts, answers)
        if product:
            yield from product.attributes.get("requires", ())


def _plan(facts: Facts, answers: Mapping[str, Any]) -> Answer:
    """Return the device's own default plan, else its carrier's, else the first default plan."""
    device = _chosen(Ask.DEVICE, facts, answers)
    plans = facts.policy.default_plans
    if device and "default_plan" in device.attributes:
        return device.attributes["default_plan"]
    if device is None or device.carrier is None:
        return next(iter(plans.values()), None)
    return plans.get(device.carrier)


def _sim_type(facts: Facts, answers: Mapping[str, Any]) -> Answer:
    device = _chosen(Ask.DEVICE, facts, answers)
    return next(iter(device.attributes.get("sim_types", ())), "eSIM") if device else "eSIM"


def _area_code(facts: Facts, _: Mapping[str, Any]) -> Answer:
    phone = facts.beneficiary.phone
    return phone.removeprefix("+1")[:3] if phone else None


def _service_zip(facts: Facts, _: Mapping[str, Any]) -> Answer:
    return (facts.beneficiary.address or {}).get("postal_code")


def _payment_term(facts: Facts, _: Mapping[str, Any]) -> Answer:
    return facts.policy.default_term


def _ship_to(facts: Facts, _: Mapping[str, Any]) -> Answer:
    address = facts.beneficiary.address
    return {"name": facts.beneficiary.name, **address} if address else None


def _line(facts: Facts, _: Mapping[str, Any]) -> Answer:
    return facts.own_line


def _billing(_: Facts, answers: Mapping[str, Any]) -> Answer:
    """Return whether billing continues while the line is suspended."""
    return answers.get(Ask.SUSPEND_REASON) not in _WITHOUT_BILLING


def _device_moves(_: Facts, __: Mapping[str, Any]) -> Answer:
    return True


def _charge_move(_: Facts, __: Mapping[str, Any]) -> Answer:
    return "none"


def _chosen(ask: Ask, facts: Facts, answers: Mapping[str, Any]) -> Product | None:
    sku = answers.get(ask)
    return facts.products.get(sku) if isinstance(sku, str) else None


DEFAULTS: Mapping[Ask, Default] = MappingProxyType(
    {
        Ask.PLAN: _plan,
        Ask.SIM_TYPE: _sim_type,
        Ask.AREA_CODE: _area_code,
        Ask.SERVICE_ZIP: _service_zip,
        Ask.PAYMENT_TERM: _payment_term,
        Ask.SHIP_TO: _ship_to,
        Ask.LINE: _line,
        Ask.BILLING: _billing,
        Ask.DEVICE_MOVES: _device_moves,
        Ask.CHARGE_MOVE: _charge_move,
    }
)
