"""How long carriers leave a line suspended, and what they do then: rules as data, and the schedule they make."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from models.facts import Policy
from models.timers import YEAR, Ending, Notice, Period, Schedule
from policies.deadlines import opening

NOTICE_DAYS = (14, 3)
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """After so many days on end the carrier acts by itself; a limit of None days is none."""

    days: int | None = None
    then: Ending = Ending.RECONNECT


@dataclass(frozen=True, kw_only=True)
class CarrierRule:
    """One carrier's rule: a limit by reason, another for all other reasons, and a quota per rolling year.

    `source` says where the rule is written, `as_of` when it was last read there.
    """

    code: str
    title: str
    text: str
    source: str
    as_of: date
    otherwise: Limit
    by_reason: Mapping[str, Limit] = field(default_factory=lambda: MappingProxyType({}))
    days_a_year: int | None = None


_READ = date(2026, 11, 16)
_GONE = Limit(days=90, then=Ending.DISCONNECT)

RULES: Mapping[str, CarrierRule] = MappingProxyType(
    {
        rule.code: rule
        for rule in (
            CarrierRule(
                code="verizon_business",
                title="Verizon, business accounts",
                text="A lost or stolen line is disconnected after 90 days, any other is reconnected after 90 days on"
                " end; together at most 180 days in twelve months.",
                source="Verizon, help for business accounts: suspending a line",
                as_of=_READ,
                otherwise=Limit(days=90, then=Ending.RECONNECT),
                by_reason=MappingProxyType({"lost": _GONE, "stolen": _GONE}),
                days_a_year=180,
            ),
            CarrierRule(
                code="tmobile_business",
                title="T-Mobile, business accounts",
                text="Military leave lasts up to 39 months; no limit is published for other reasons, and installments"
                " go on.",
                source="T-Mobile, help for business accounts: suspending a line",
                as_of=_READ,
                otherwise=Limit(),
                by_reason=MappingProxyType({"military": Limit(days=1186)}),
            ),
            CarrierRule(
                code="att_business",
                title="AT&T, business accounts",
                text="A line on vacation is reconnected after 180 days, and its contract is longer by as much; a lost"
                " or stolen one keeps being billed, without a limit.",
                source="AT&T, help for business accounts: suspending a line",
                as_of=_READ,
                otherwise=Limit(days=180, then=Ending.RECONNECT),
                by_reason=MappingProxyType({"lost": Limit(), "stolen": Limit()}),
            ),
            CarrierRule(
                code="unknown",
                title="A carrier whose rule is not known",
                text="The worst that is usual is expected: the line is disconnected after 90 days.",
                source="A precaution of Dialtone's, no carrier's word",
                as_of=_READ,
                otherwise=_GONE,
            ),
        )
    }
)


def rule_for(policy: Policy, carrier: str) -> CarrierRule:
    """The rule the tenant's policy names for a carrier; a name nobody knows is no reason to expect the best."""
    return RULES.get(policy.carrier_rules.get(carrier, ""), RULES["unknown"])


def schedule(
    policy: Policy,
    rule: CarrierRule,
    *,
    reason: str,
    began: datetime,
    resume_on: date | None,
    earlier: Collection[Period] = (),
) -> Schedule:
    """Reckon what happens to a line suspended at `began` (aware), and when; all times are aware UTC.

    `earlier` says when the line was suspended in the year before. Whatever comes first, the planned resumption or
    the carrier's limit, is announced 14 and 3 days before, as far as that is after `began`.
    """
    limit = rule.by_reason.get(reason, rule.otherwise)
    limit_at = _limit_at(rule, limit, began, earlier)
    resume_at = max(opening(policy, resume_on), began.astimezone(UTC)) if resume_on else None
    limit_by = limit.then if limit_at else None
    resumes = resume_at is not None and (limit_at is None or resume_at < limit_at)
    ends_at = resume_at if resumes else limit_at
    return Schedule(
        notices=_notices(policy, began, ends_at) if ends_at else (),
        ends_at=ends_at,
        ends_by=Ending.RESUME if resumes else limit_by,
        limit_at=limit_at,
        limit_by=limit_by,
    )


def days_left(rule: CarrierRule, at: datetime, earlier: Collection[Period]) -> int | None:
    """How many days of the year's quota are left at `at`; None where the carrier has no quota."""
    return None if rule.days_a_year is None else max(rule.days_a_year - _days(earlier, at), 0)


def _limit_at(rule: CarrierRule, limit: Limit, began: datetime, earlier: Collection[Period]) -> datetime | None:
    """When the carrier acts: after so many days on end, or when its quota is used up."""
    days = [days for days in (limit.days, _quota_lasts(rule, began, earlier)) if days is not None]
    return began.astimezone(UTC) + timedelta(days=min(days)) if days else None


def _quota_lasts(rule: CarrierRule, began: datetime, earlier: Collection[Period]) -> int | None:
    """For how many days the quota lasts; those that drop out of the year meanwhile are given back.

    At least one: the carrier has taken the suspension, after all.
    """
    if rule.days_a_year is None:
        return None
    days = range(1, rule.days_a_year + 1)
    return next(day for day in days if day + _days(earlier, began + day * _DAY) >= rule.days_a_year)


def _days(periods: Collection[Period], until: datetime) -> int:
    """On how many days of the year before `until` the line was suspended; a day that has begun counts."""
    lengths = (min(one.ended, until) - max(one.began, until - YEAR) for one in periods)
    return sum(max(-(-length // _DAY), 0) for length in lengths)


def _notices(policy: Policy, began: datetime, ends_at: datetime) -> tuple[Notice, ...]:
    """On the mornings 14 and 3 days before the end."""
    last = ends_at.astimezone(ZoneInfo(policy.time_zone)).date()
    mornings = ((opening(policy, last - timedelta(days=days)), days) for days in NOTICE_DAYS)
    return tuple(Notice(at=at, days=days) for at, days in mornings if at > began)
