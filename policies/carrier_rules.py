"""How long carriers keep a line suspended and what happens then: rules as data, and the schedules they give."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from models.facts import Policy
from models.suspension_reason import LOST, MILITARY, STOLEN
from models.timers import YEAR, SuspensionEnd, SuspensionNotice, SuspensionPeriod, SuspensionSchedule
from policies.deadlines import opens_at

NOTICE_DAYS = (14, 3)
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What the carrier does after a line is suspended for `days` in a row; None: no limit."""

    days: int | None = None
    then: SuspensionEnd = SuspensionEnd.RECONNECT


@dataclass(frozen=True, kw_only=True)
class CarrierRule:
    """A carrier's limits by reason, its limit for all other reasons, and its quota of days per rolling year.

    `text` is for people. `source` is where the carrier publishes the rule, `as_of` when it was last checked there.
    """

    code: str
    text: str
    source: str
    as_of: date
    otherwise: Limit
    by_reason: Mapping[str, Limit] = field(default_factory=lambda: MappingProxyType({}))
    days_a_year: int | None = None


_CHECKED_ON = date(2026, 11, 16)
_DISCONNECT = Limit(days=90, then=SuspensionEnd.DISCONNECT)

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
                otherwise=Limit(days=90, then=SuspensionEnd.RECONNECT),
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
                otherwise=Limit(days=180, then=SuspensionEnd.RECONNECT),
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


def schedule(
    policy: Policy,
    rule: CarrierRule,
    *,
    reason: str,
    began: datetime,
    resume_on: date | None,
    earlier: Collection[SuspensionPeriod] = (),
) -> SuspensionSchedule:
    """Compute how and when a suspension that began at `began` (aware) ends; all times are aware UTC.

    `earlier` are the line's suspensions of the year before. People are notified 14 and 3 days before the end, if
    that is after `began`.
    """
    limit = rule.by_reason.get(reason, rule.otherwise)
    limit_at = _limit_at(rule, limit, began, earlier)
    resume_at = max(opens_at(policy, resume_on), began.astimezone(UTC)) if resume_on else None
    limit_by = limit.then if limit_at else None
    resumes = resume_at is not None and (limit_at is None or resume_at < limit_at)
    ends_at = resume_at if resumes else limit_at
    return SuspensionSchedule(
        notices=_notices(policy, began, ends_at) if ends_at else (),
        ends_at=ends_at,
        ends_by=SuspensionEnd.RESUME if resumes else limit_by,
        limit_at=limit_at,
        limit_by=limit_by,
    )


def days_left(rule: CarrierRule, at: datetime, earlier: Collection[SuspensionPeriod]) -> int | None:
    """The days left of the yearly quota at `at`; None if the carrier has no quota."""
    return None if rule.days_a_year is None else max(rule.days_a_year - _days(earlier, at), 0)


def _limit_at(
    rule: CarrierRule, limit: Limit, began: datetime, earlier: Collection[SuspensionPeriod]
) -> datetime | None:
    """When the carrier ends the suspension: after its limit of days, or when its quota is used up."""
    days = [days for days in (limit.days, _quota_lasts(rule, began, earlier)) if days is not None]
    return began.astimezone(UTC) + timedelta(days=min(days)) if days else None


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


def _notices(policy: Policy, began: datetime, ends_at: datetime) -> tuple[SuspensionNotice, ...]:
    """The notices, at the opening of the office 14 and 3 days before the end."""
    last = ends_at.astimezone(ZoneInfo(policy.time_zone)).date()
    openings = ((opens_at(policy, last - timedelta(days=days)), days) for days in NOTICE_DAYS)
    return tuple(SuspensionNotice(at=at, days=days) for at, days in openings if at > began)
