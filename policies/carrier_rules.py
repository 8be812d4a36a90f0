"""How long carriers keep a line suspended, what happens then, and how long they keep its number: rules as data."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from models.facts import Policy
from models.line_change import LineChange
from models.line_changes.suspension import DISCONNECT, RECONNECT
from models.suspension_reason import LOST, MILITARY, STOLEN
from models.timers import YEAR, SuspensionPeriod

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What the carrier does after a line is suspended for `days` in a row; None: no limit."""

    days: int | None = None
    then: LineChange = RECONNECT


@dataclass(frozen=True, kw_only=True)
class CarrierRule:
    """A carrier's limits by reason, its limit for all other reasons, and its quota of days per rolling year.

    `recover_days`: for how many days after a line is disconnected its number can be recovered.
    `text` is for people. `source` is where the carrier publishes the rule, `as_of` when it was last checked there.
    """

    code: str
    text: str
    source: str
    as_of: date
    otherwise: Limit
    by_reason: Mapping[str, Limit] = field(default_factory=lambda: MappingProxyType({}))
    days_a_year: int | None = None
    recover_days: int = 50


_CHECKED_ON = date(2026, 11, 16)
_DISCONNECT = Limit(days=90, then=DISCONNECT)

RULES: Mapping[str, CarrierRule] = MappingProxyType(
    {
        rule.code: rule
        for rule in (
            CarrierRule(
                code="verizon_business",
                text="Service resumes automatically after 90 days in a row; a lost or stolen line is disconnected"
                " instead. 180-day limit per 12 months.",
                source="Verizon, help for business accounts: suspending a line",
                as_of=_CHECKED_ON,
                otherwise=Limit(days=90, then=RECONNECT),
                by_reason=MappingProxyType({LOST.code: _DISCONNECT, STOLEN.code: _DISCONNECT}),
                days_a_year=180,
            ),
            CarrierRule(
                code="tmobile_business",
                text="Military leave can last up to 39 months. No limit is published for other reasons. Device"
                " installments continue.",
                source="T-Mobile, help for business accounts: suspending a line",
                as_of=_CHECKED_ON,
                otherwise=Limit(),
                by_reason=MappingProxyType({MILITARY.code: Limit(days=1186)}),
            ),
            CarrierRule(
                code="att_business",
                text="Service resumes automatically after 180 days, and the contract is extended by the suspended time."
                " A lost or stolen line stays suspended and billed, with no limit.",
                source="AT&T, help for business accounts: suspending a line",
                as_of=_CHECKED_ON,
                otherwise=Limit(days=180, then=RECONNECT),
                by_reason=MappingProxyType({LOST.code: Limit(), STOLEN.code: Limit()}),
            ),
            CarrierRule(
                code="unknown",
                text="The carrier's rule is unknown. We assume that it disconnects the line after 90 days.",
                source="Dialtone default, not published by the carrier",
                as_of=_CHECKED_ON,
                otherwise=_DISCONNECT,
            ),
        )
    }
)


def rule_for(policy: Policy, carrier: str) -> CarrierRule:
    """The rule that the tenant's policy names for a carrier, else the strictest."""
    return RULES.get(policy.carrier_rules.get(carrier, ""), RULES["unknown"])


def limit_of(
    rule: CarrierRule, reason: str, began: datetime, earlier: Collection[SuspensionPeriod] = ()
) -> tuple[datetime, LineChange] | None:
    """When the carrier ends a suspension that began at `began` (aware), in UTC, and how; None if it has no limit.

    `earlier` are the line's suspensions of the year before. The carrier ends it after its limit of days, or when its
    quota is used up.
    """
    limit = rule.by_reason.get(reason, rule.otherwise)
    days = [days for days in (limit.days, _quota_lasts(rule, began, earlier)) if days is not None]
    return (began.astimezone(UTC) + timedelta(days=min(days)), limit.then) if days else None


def days_left(rule: CarrierRule, at: datetime, earlier: Collection[SuspensionPeriod]) -> int | None:
    """The days left of the yearly quota at `at`; None if the carrier has no quota."""
    return None if rule.days_a_year is None else max(rule.days_a_year - _days(earlier, at), 0)


def _quota_lasts(rule: CarrierRule, began: datetime, earlier: Collection[SuspensionPeriod]) -> int | None:
    """For how many days the quota lasts; days that drop out of the rolling year are added back.

    At least one, as the carrier has accepted the suspension.
    """
    if rule.days_a_year is None:
        return None
    days = range(1, rule.days_a_year + 1)
    return next(day for day in days if day + _days(earlier, began + day * _DAY) >= rule.days_a_year)


def _days(periods: Collection[SuspensionPeriod], until: datetime) -> int:
    """The days of the year before `until` on which the line was suspended; partial days count."""
    lengths = (min(one.ended, until) - max(one.began, until - YEAR) for one in periods)
    return sum(max(-(-length // _DAY), 0) for length in lengths)
