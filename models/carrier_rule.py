"""What a carrier does by its own rules: dated values, each with the page that says so. Kinds are in `rule_kinds/`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from models.answer_type import AnswerType
from models.formatting import day
from models.registry import find, load
from models.suspension_reason import ANY_REASON, REASON_GROUPS, ReasonGroup

NOT_PUBLISHED = "not published"


@dataclass(frozen=True, kw_only=True)
class RuleKind:
    """What a rule is about.

    Attributes:
        type: of its values. No value, which every kind has, means that the carrier doesn't publish it.
        units: of the values, by code with their label; the first is the usual one. Empty for values without a unit.
        words: a value and its unit in words, as a part of a sentence.
        by_reason: whether it is a rule about suspensions, which depends on the reason.
    """

    code: str
    label: str
    help: str
    type: AnswerType[Any]
    words: Callable[[Any, str | None], str]
    units: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    by_reason: bool = False

    @property
    def is_number(self) -> bool:
        return self.type.schema.get("type") == "integer"

    @property
    def choices(self) -> Mapping[str, str]:
        """The values of a closed set, with their labels; else empty."""
        return {value: self.type.word(value) for value in self.type.schema.get("enum", ())}

    def parse(self, value: Any) -> Any:
        """A value as it is stored or typed. Raises ValueError with a sentence for the person."""
        if self.is_number and isinstance(value, str) and value.strip().isdecimal() and value.strip().isascii():
            value = int(value.strip()[:10])
        return self.type.parse(value)


@dataclass(frozen=True, kw_only=True)
class CarrierRule:
    """What a carrier does from a day on. `value` is None if it doesn't publish that.

    `what` is the code of a kind, and `reasons` that of the reasons for a suspension that the rule is about.
    `valid_from` is None for a rule that Dialtone came with, `edited_by` for one that no admin of the tenant entered.
    """

    what: str
    source: str
    read_on: date
    reasons: str = ANY_REASON.code
    value: Any = None
    unit: str | None = None
    source_url: str | None = None
    note: str = ""
    valid_from: date | None = None
    edited_by: str | None = None

    @property
    def kind(self) -> RuleKind:
        return rule_kind(self.what)

    @property
    def group(self) -> ReasonGroup:
        return next(group for group in REASON_GROUPS if group.code == self.reasons)

    @property
    def words(self) -> str:
        """`90 days in a row`."""
        return NOT_PUBLISHED if self.value is None else self.kind.words(self.value, self.unit)

    @property
    def citation(self) -> str:
        """`Verizon: suspending a business line, read on Sat, Nov 28, 2026`."""
        return f"{self.source}, read on {day(self.read_on)}"


@dataclass(frozen=True, kw_only=True)
class CarrierRules:
    """The rules of one carrier that are in force on one day, one for each kind and group of reasons."""

    carrier: str
    rules: tuple[CarrierRule, ...] = ()

    def find(self, kind: RuleKind, reason: str = "") -> CarrierRule | None:
        """The rule for a suspension for this reason that names the fewest reasons, or that of a kind without reasons.

        A rule without a value says that the carrier doesn't publish it; None, that nobody has looked.
        """
        return next(iter(self.all_of(kind, reason)), None)

    def all_of(self, kind: RuleKind, reason: str = "") -> tuple[CarrierRule, ...]:
        """All rules of a kind that are about a suspension for this reason, the narrowest first."""
        found = [rule for rule in self.rules if rule.what == kind.code and (not kind.by_reason or reason in rule.group)]
        return tuple(sorted(found, key=lambda rule: REASON_GROUPS.index(rule.group)))

    def value(self, kind: RuleKind, reason: str = "") -> Any:
        """The value of `find`; None if it is not published."""
        rule = self.find(kind, reason)
        return rule.value if rule else None


@dataclass(frozen=True, kw_only=True)
class RulesInForce:
    """The rules of all carriers on one day. `otherwise` are those of a carrier about which nothing is known."""

    by_carrier: Mapping[str, CarrierRules] = field(default_factory=lambda: MappingProxyType({}))
    otherwise: tuple[CarrierRule, ...] = ()

    def of(self, carrier: str) -> CarrierRules:
        return self.by_carrier.get(carrier) or self.of_unknown(carrier)

    def of_unknown(self, carrier: str) -> CarrierRules:
        """What holds for a carrier about which nothing is known."""
        return CarrierRules(carrier=carrier, rules=self.otherwise)


def rule_kinds() -> Mapping[str, RuleKind]:
    return load("models.rule_kinds", RuleKind)


def rule_kind(code: str) -> RuleKind:
    """Raises UnknownWordError."""
    return find("models.rule_kinds", RuleKind, code)
