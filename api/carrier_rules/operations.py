"""The rules of carriers: what is in force, what was before, and what an admin enters."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from api.carrier_rules.schemas import CarrierRuleIn, CarrierRuleQuery, CarrierRuleView
from api.deps import Access, Services
from api.list_filters import check_known
from models import formatting
from models.audit import AuditAction
from models.carrier_rule import CarrierRule, RuleKind, rule_kinds
from models.db.audit import audit_log
from models.db.carrier_rules import carrier_rules
from models.db.carrier_rules.tables import CarrierRuleRow
from models.db.catalog import policy_versions
from models.db.people import lookup
from models.db.session import Session, new_id
from models.errors import FieldError, InvalidRequest, RuleExists
from models.facts import Policy
from models.suspension_reason import ANY_REASON, REASON_GROUPS
from policies.deadlines import local_day


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A rule that can replace others; `row` is None for one that Dialtone came with."""

    carrier: str
    rule: CarrierRule
    row: CarrierRuleRow | None = None


async def list_rules(services: Services, access: Access, query: CarrierRuleQuery) -> list[CarrierRuleView]:
    """By carrier, kind and reasons, the newest first. Raises InvalidRequest for an unknown carrier or kind."""
    check_known("carrier", [query.carrier], services.carrier_names)
    check_known("what", [query.what], rule_kinds())
    async with services.database.read() as session:
        policy = await policy_versions.newest(session, access.person.tenant)
        rows = await carrier_rules.of_tenant(session, access.person.tenant)
        editors = await lookup.by_ids(session, access.person.tenant, {row.edited_by for row in rows})
        names = {key: person.name for key, person in editors.items()}
    entries = [
        one
        for one in _entries(services, policy, rows)
        if query.carrier in {None, one.carrier} and query.what in {None, one.rule.what}
    ]
    current = _in_force(entries, local_day(policy, services.now()))
    shown = entries if query.history else list(current.values())
    views = [_view(one, names, in_force=current.get(_key(one)) is one) for one in reversed(shown)]
    return sorted(views, key=lambda view: _place(services, view))


async def add(services: Services, access: Access, body: CarrierRuleIn) -> CarrierRuleView:
    """Raises InvalidRequest, with an error for each field that is wrong, and RuleExists."""
    return await services.database.run(_add, services, access, body)


async def _add(session: Session, services: Services, access: Access, body: CarrierRuleIn) -> CarrierRuleView:
    now = services.now()
    policy = await policy_versions.newest(session, access.person.tenant)
    today = local_day(policy, now)
    errors = list(_errors(body, services.carrier_names, today))
    if errors:
        raise InvalidRequest(errors[0].detail, field=errors[0].field, errors=errors)
    row = _row(access, body, today, now)
    await carrier_rules.lock(session, row.tenant)
    entries = _entries(services, policy, await carrier_rules.of_tenant(session, row.tenant))
    before = _in_force(entries, row.valid_from)
    _require_new(row, before, policy)
    await carrier_rules.add(session, row)
    entry = Entry(carrier=row.carrier, rule=carrier_rules.value_of(row), row=row)
    replaced = before.get(_key(entry))
    await audit_log.record(
        session,
        AuditAction.CARRIER_RULE_CHANGED,
        by=access.audit_actor,
        to=access.person,
        at=now,
        rule=row.id,
        carrier=row.carrier,
        what=row.what,
        reasons=row.reasons,
        before=replaced.rule.words if replaced else None,
        after=entry.rule.words,
        valid_from=row.valid_from.isoformat(),
        source_url=row.source_url,
    )
    return _view(entry, {access.person.id: access.person.name}, in_force=row.valid_from <= today)


def _require_new(row: CarrierRuleRow, before: Mapping[tuple[str, str, str], Entry], policy: Policy) -> None:
    """Raises RuleExists if the rule that it would replace is the same."""
    present = before.get((row.carrier, row.what, row.reasons))
    if present is not None and present.row is not None and carrier_rules.is_same(present.row, row):
        entered = formatting.day(local_day(policy, present.row.edited_at))
        raise RuleExists(f"This rule was entered on {entered} already.", facts={"rule": present.row.id})


def _errors(body: CarrierRuleIn, carriers: Iterable[str], today: date) -> Iterator[FieldError]:
    kind = rule_kinds().get(body.what)
    if body.carrier not in carriers:
        yield _error("carrier", "Choose one of your carriers.")
    if kind is None:
        yield _error("what", "Choose one of the kinds of rules.")
    else:
        yield from _value_errors(body, kind)
    if not _is_web_address(body.source_url):
        yield _error("source_url", "Enter the full address of the page, starting with https://.")
    if body.read_on > today:
        yield _error("read_on", "Enter the day on which you read it, today at the latest.")
    if body.valid_from is not None and body.valid_from < today:
        yield _error("valid_from", "Choose today or a later day. What was decided before stays as it was.")


def _value_errors(body: CarrierRuleIn, kind: RuleKind) -> Iterator[FieldError]:
    if body.reasons not in {group.code for group in REASON_GROUPS}:
        yield _error("reasons", "Choose one of the groups of reasons.")
    elif not kind.by_reason and body.reasons != ANY_REASON.code:
        yield _error("reasons", "This kind of rule doesn't depend on a reason. Remove it.")
    if body.value is not None:
        try:
            kind.parse(body.value)
        except ValueError as error:
            yield _error("value", str(error))
    if body.unit is not None and body.unit not in kind.units:
        choices = ", ".join(kind.units)
        yield _error("unit", f"Choose one of these: {choices}." if choices else "This kind of rule has no unit.")


def _error(field: str, detail: str) -> FieldError:
    return FieldError(code="CARRIER_RULE_INVALID", field=field, detail=detail)


def _is_web_address(text: str) -> bool:
    try:
        url = urlsplit(text)
    except ValueError:
        return False
    return url.scheme in {"https", "http"} and bool(url.hostname) and " " not in text


def _row(access: Access, body: CarrierRuleIn, today: date, now: datetime) -> CarrierRuleRow:
    kind = rule_kinds()[body.what]
    parsed: Any = None if body.value is None else kind.parse(body.value)
    return CarrierRuleRow(
        tenant=access.person.tenant,
        id=new_id(),
        carrier=body.carrier,
        what=body.what,
        reasons=body.reasons,
        value=None if parsed is None else str(parsed),
        unit=None if parsed is None else body.unit or next(iter(kind.units), None),
        note=body.note,
        source=body.source,
        source_url=body.source_url,
        read_on=body.read_on,
        valid_from=body.valid_from or today,
        edited_by=access.person.id,
        edited_at=now,
    )


def _entries(services: Services, policy: Policy, rows: Iterable[CarrierRuleRow]) -> list[Entry]:
    """All rules of the carriers, each after those that it replaces."""
    published = [
        Entry(carrier=carrier, rule=rule)
        for carrier in services.carrier_names
        for rule in carrier_rules.published_rules(policy, carrier)
    ]
    return [*published, *(Entry(carrier=row.carrier, rule=carrier_rules.value_of(row), row=row) for row in rows)]


def _in_force(entries: Iterable[Entry], on: date) -> dict[tuple[str, str, str], Entry]:
    return {_key(one): one for one in entries if one.rule.valid_from is None or one.rule.valid_from <= on}


def _key(entry: Entry) -> tuple[str, str, str]:
    return entry.carrier, entry.rule.what, entry.rule.reasons


def _place(services: Services, view: CarrierRuleView) -> tuple[str, str, int]:
    groups = [group.code for group in REASON_GROUPS]
    return services.carrier_names.get(view.carrier, view.carrier), view.label, groups.index(view.reasons)


def _view(entry: Entry, names: Mapping[str, str], *, in_force: bool) -> CarrierRuleView:
    rule = entry.rule
    return CarrierRuleView(
        carrier=entry.carrier,
        what=rule.what,
        label=rule.kind.label,
        reasons=rule.reasons,
        value=rule.value,
        unit=rule.unit,
        words=rule.words,
        note=rule.note,
        source=rule.source,
        source_url=rule.source_url,
        read_on=rule.read_on,
        valid_from=rule.valid_from,
        in_force=in_force,
        edited_by=names.get(entry.row.edited_by, entry.row.edited_by) if entry.row else None,
        edited_at=entry.row.edited_at if entry.row else None,
    )
