"""Rules of carriers for tests: those that Dialtone came with, and made-up ones."""

from datetime import date
from typing import Any

from models.carrier_rule import CarrierRule, CarrierRules, RuleKind, RulesInForce
from models.db.carrier_rules.published_rules import published_for
from models.optional_facts.carriers import CARRIER_RULES


def published(name: str) -> CarrierRules:
    return CarrierRules(carrier="northwind", rules=(*published_for("any"), *published_for(name)))


def rule(kind: RuleKind, value: Any, unit: str | None = None, reasons: str = "any", **more: Any) -> CarrierRule:
    about: dict[str, Any] = {"source": "Northwind, suspending a line", "read_on": date(2026, 3, 1)} | more
    return CarrierRule(what=kind.code, value=value, unit=unit, reasons=reasons, **about)


def rules(*some: CarrierRule) -> CarrierRules:
    return CarrierRules(carrier="northwind", rules=some)


def in_force(of_northwind: CarrierRules) -> dict[str, Any]:
    """The optional fact with the rules of one carrier."""
    return {CARRIER_RULES.code: RulesInForce(by_carrier={"northwind": of_northwind})}
