"""How long a carrier keeps a line suspended: by its longest suspension, and by what it allows in any 12 months."""

import calendar
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from models.carrier_rule import CarrierRule, CarrierRules
from models.formatting import day
from models.rule_kinds.suspension import (
    AT_LIMIT,
    SUSPENSION_DAYS_A_YEAR,
    SUSPENSION_LENGTH,
    SUSPENSIONS_A_YEAR,
    CarrierEnding,
)
from models.timers import YEAR, SuspensionPeriod

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """When a carrier's rule ends a suspension, and what the carrier does then: None if it doesn't publish that.

    `used` are the earlier suspensions that count, if the rule counts the days of any 12 months.
    """

    at: datetime
    ending: CarrierEnding | None
    rule: CarrierRule
    used: "Days"


@dataclass(frozen=True, kw_only=True)
class Days:
    """The days on which a line was suspended, by the reason. A day that has begun counts."""

    by_reason: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        return sum(days for _, days in self.by_reason)

    @property
    def words(self) -> str:
        """`120 days (lost 30, vacation 90)`."""
        reasons = ", ".join(f"{reason.replace('_', ' ') or 'other'} {days}" for reason, days in self.by_reason)
        return f"{self.total} day{'s' * (self.total != 1)}" + (f" ({reasons})" if self.total else "")


@dataclass(frozen=True, kw_only=True)
class UsedUp:
    """A rule that allows no further suspension for now; `used` is in words, such as `180 days (vacation 180)`."""

    rule: CarrierRule
    used: str


def limit_of(
    rules: CarrierRules, reason: str, began: datetime, earlier: Collection[SuspensionPeriod] = ()
) -> Limit | None:
    """The first limit that a suspension reaches that begins then (aware), by the rules; None if none is published.

    `earlier` are the line's suspensions of the year before.
    """
    found = [*_by_length(rules, reason, began), *_by_days_a_year(rules, reason, began, earlier)]
    if not found:
        return None
    at, rule, used = min(found, key=lambda one: one[0])
    ending = rules.value(AT_LIMIT, reason)
    return Limit(at=at, ending=ending and CarrierEnding(ending), rule=rule, used=used)


def used_up(rules: CarrierRules, reason: str, at: datetime, earlier: Collection[SuspensionPeriod]) -> UsedUp | None:
    """Why the carrier doesn't suspend a line at a moment, after these suspensions of the year before."""
    for rule in _with_value(rules.all_of(SUSPENSION_DAYS_A_YEAR, reason)):
        used = days_used(rule, earlier, at)
        if used.total >= rule.value:
            return UsedUp(rule=rule, used=used.words)
    for rule in _with_value(rules.all_of(SUSPENSIONS_A_YEAR, reason)):
        times = sum(one.reason in rule.group and one.began > at - YEAR for one in earlier)
        if times >= rule.value:
            return UsedUp(rule=rule, used="once" if times == 1 else f"{times} times")
    return None


def days_used(rule: CarrierRule, periods: Collection[SuspensionPeriod], until: datetime) -> Days:
    """The days of the year before `until` that count against a rule: those of suspensions for its reasons."""
    counted: Counter[str] = Counter()
    for one in periods:
        length = min(one.ended, until) - max(one.began, until - YEAR)
        if one.reason in rule.group and length > timedelta(0):
            counted[one.reason] += -(-length // _DAY)
    return Days(by_reason=tuple(counted.items()))


def text_for(rules: CarrierRules, reason: str) -> str:
    """All that the carrier publishes about suspensions for a reason, as sentences."""
    found = _with_value((*_first(rules, reason), *rules.all_of(SUSPENSION_DAYS_A_YEAR, reason)))
    found = (*found, *_with_value(rules.all_of(SUSPENSIONS_A_YEAR, reason)))
    if not found:
        return "The carrier publishes no limit for this suspension."
    limits = "; ".join(f"{rule.words} for {rule.group.label}" for rule in found)
    return f"The carrier's limit: {limits}. {_then(rules, reason)}"


def sources_for(rules: CarrierRules, reason: str) -> str:
    """Where the rules of `text_for` come from."""
    kinds = (SUSPENSION_LENGTH, SUSPENSION_DAYS_A_YEAR, SUSPENSIONS_A_YEAR, AT_LIMIT)
    return "; ".join(dict.fromkeys(rule.citation for kind in kinds for rule in rules.all_of(kind, reason)))


def what_happens(limit: Limit, on: date) -> str:
    """What the carrier does at a limit, as a sentence; `on` is its day in the tenant's time zone."""
    if limit.ending is None:
        return f"The limit is {day(on)}, and the carrier doesn't publish what it does then."
    return f"On {day(on)}, {AT_LIMIT.words(limit.ending, None)}."


def _then(rules: CarrierRules, reason: str) -> str:
    ending = rules.value(AT_LIMIT, reason)
    return f"After that, {AT_LIMIT.words(ending, None)}." if ending else "What it does after that is not published."


def _first(rules: CarrierRules, reason: str) -> tuple[CarrierRule, ...]:
    rule = rules.find(SUSPENSION_LENGTH, reason)
    return (rule,) if rule else ()


def _by_length(rules: CarrierRules, reason: str, began: datetime) -> list[tuple[datetime, CarrierRule, Days]]:
    found = _with_value(_first(rules, reason))
    return [(_after(began.astimezone(UTC), rule.value, rule.unit), rule, Days()) for rule in found]


def _by_days_a_year(
    rules: CarrierRules, reason: str, began: datetime, earlier: Collection[SuspensionPeriod]
) -> list[tuple[datetime, CarrierRule, Days]]:
    found = _with_value(rules.all_of(SUSPENSION_DAYS_A_YEAR, reason))
    return [
        (began.astimezone(UTC) + _lasts(rule, began, earlier) * _DAY, rule, days_used(rule, earlier, began))
        for rule in found
    ]


def _lasts(rule: CarrierRule, began: datetime, earlier: Collection[SuspensionPeriod]) -> int:
    """For how many days the carrier's days last; those that drop out of the 12 months are added back.

    At least one, as the carrier has accepted the suspension.
    """
    days = range(1, rule.value + 1)
    return next(day for day in days if day + days_used(rule, earlier, began + day * _DAY).total >= rule.value)


def _after(began: datetime, amount: int, unit: str | None) -> datetime:
    """So many days or calendar months later; in a shorter month, on its last day."""
    if unit != "months":
        return began + amount * _DAY
    years, month = divmod(began.month - 1 + amount, 12)
    year, month = began.year + years, month + 1
    return began.replace(year=year, month=month, day=min(began.day, calendar.monthrange(year, month)[1]))


def _with_value(rules: Collection[CarrierRule]) -> tuple[CarrierRule, ...]:
    return tuple(rule for rule in rules if rule.value is not None)
