from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from models.carrier_rule import CarrierRule, CarrierRules, RulesInForce, rule_kinds
from models.db import rules_in_force
from models.db.carrier_rules import carrier_rules
from models.db.carrier_rules.published_rules import ANY_CARRIER, published_for, published_sets
from models.db.carrier_rules.tables import CarrierRuleRow
from models.db.facts.base import for_request
from models.db.people.tables import TenantRow
from models.db.session import Database, new_id, utc_now
from models.facts import Policy
from models.optional_facts.carriers import CARRIER_RULES
from models.order import OrderRequest
from models.rule_kinds.contact import HOTLINE
from models.rule_kinds.disconnection import RECOVER_DAYS, SIM_DAYS
from models.rule_kinds.returns import RETURN_DAYS
from models.rule_kinds.suspension import AT_LIMIT, SUSPENSION_DAYS_A_YEAR, SUSPENSION_LENGTH
from tests import factories
from workflows.order_type_registry import order_type

NORTHWIND = factories.CARRIER
TODAY = datetime(2026, 12, 1, 15, tzinfo=UTC)


@pytest.fixture
async def company(database: Database) -> Database:
    await factories.create_company(database, policy={"carrier_rules": {NORTHWIND: "verizon_business"}})
    return database


def row(value: str | None = "30", **changes: Any) -> CarrierRuleRow:
    values: dict[str, Any] = {
        "tenant": factories.TENANT,
        "id": new_id(),
        "carrier": NORTHWIND,
        "what": RECOVER_DAYS.code,
        "reasons": "any",
        "value": value,
        "unit": "days",
        "source": "Our contract",
        "source_url": "https://example.com/contract",
        "read_on": date(2026, 12, 1),
        "valid_from": date(2026, 12, 1),
        "edited_by": factories.ADMIN,
        "edited_at": TODAY,
    }
    return CarrierRuleRow(**(values | changes))


async def rules(database: Database, at: datetime, *rows: CarrierRuleRow) -> CarrierRules:
    async with database.transaction() as session:
        for one in rows:
            await carrier_rules.add(session, one)
        _, found = await rules_in_force.load(session, factories.TENANT, at)
    return found.of(NORTHWIND)


# --- what Dialtone comes with -------------------------------------------------------


@pytest.mark.parametrize("name", published_sets())
def test_each_published_rule_can_be_read_and_names_its_page(name: str) -> None:
    assert published_for(name)
    for rule in published_for(name):
        assert rule.words, rule
        assert rule.source
        assert date(2026, 1, 1) < rule.read_on <= utc_now().date()
        assert rule.edited_by is None
        assert name == ANY_CARRIER or str(rule.source_url).startswith(("https://", "http://")), rule


def value_of(name: str, kind: Any, reason: str = "") -> Any:
    found = CarrierRules(carrier=NORTHWIND, rules=(*published_for(ANY_CARRIER), *published_for(name)))
    rules = {rule.what: rule for rule in found.all_of(kind, reason)[::-1]}
    return rules[kind.code].value if kind.code in rules else "nothing"


@pytest.mark.parametrize(
    ("name", "kind", "reason", "value"),
    [
        ("verizon_business", SUSPENSION_DAYS_A_YEAR, "stolen", 90),
        ("verizon_business", SUSPENSION_DAYS_A_YEAR, "vacation", 180),
        ("verizon_business", SUSPENSION_LENGTH, "vacation", 90),
        ("verizon_business", HOTLINE, "", "+18009220204"),
        ("tmobile_business", SUSPENSION_LENGTH, "military", 39),
        ("tmobile_business", SIM_DAYS, "", 60),
        ("att_business", AT_LIMIT, "vacation", None),
        ("att_business", RETURN_DAYS, "", 14),
        ("tmobile_business", RETURN_DAYS, "", "nothing"),
        (ANY_CARRIER, RECOVER_DAYS, "", 50),
    ],
)
def test_the_published_rules_are_those_of_the_pages(name: str, kind: Any, reason: str, value: Any) -> None:
    assert value_of(name, kind, reason) == value


# --- what a tenant has in force ---------------------------------------------------------


async def test_a_tenant_starts_with_what_its_carriers_publish(company: Database) -> None:
    found = await rules(company, TODAY)
    assert found.value(SUSPENSION_DAYS_A_YEAR, "lost") == 90
    assert found.value(RECOVER_DAYS) == 50
    async with company.transaction() as session:
        _, known = await rules_in_force.load(session, factories.TENANT, TODAY)
    assert known.of("bluepeak").value(RECOVER_DAYS) == 50
    assert known.of("bluepeak").find(HOTLINE) is None


@pytest.mark.parametrize(
    ("at", "days"),
    [
        (datetime(2026, 12, 1, 5, 59, tzinfo=UTC), 50),  # 23:59 on November 30 in Chicago
        (datetime(2026, 12, 1, 6, tzinfo=UTC), 30),
        (datetime(2027, 3, 1, 6, tzinfo=UTC), 45),
    ],
)
async def test_a_rule_that_an_admin_enters_is_in_force_from_its_day_on(
    company: Database, at: datetime, days: int
) -> None:
    found = await rules(company, at, row("45", valid_from=date(2027, 3, 1)), row("30"))
    assert found.value(RECOVER_DAYS) == days


async def test_of_two_rules_for_one_day_the_later_entry_is_in_force(company: Database) -> None:
    corrected = row("31", edited_at=TODAY + timedelta(minutes=1))
    found = await rules(company, TODAY, corrected, row("30"))
    assert found.value(RECOVER_DAYS) == 31
    rule = found.find(RECOVER_DAYS)
    assert rule is not None
    assert (rule.citation, rule.edited_by) == ("Our contract, read on Tue, Dec 1, 2026", factories.ADMIN)


async def test_an_admin_can_say_that_a_carrier_publishes_nothing(company: Database) -> None:
    found = await rules(company, TODAY, row(None, unit=None))
    rule = found.find(RECOVER_DAYS)
    assert rule is not None
    assert (rule.value, rule.words) == (None, "not published")


async def test_a_rule_for_some_reasons_replaces_only_that_for_the_same_reasons(company: Database) -> None:
    about = {"what": SUSPENSION_DAYS_A_YEAR.code, "reasons": "lost_or_stolen"}
    found = await rules(company, TODAY, row("60", **about))
    assert [rule.value for rule in found.all_of(SUSPENSION_DAYS_A_YEAR, "lost")] == [60, 180]


async def test_a_tenant_has_no_rules_of_another(company: Database) -> None:
    async with company.transaction() as session:
        session.add(TenantRow(id="other", name="Other"))
    async with company.transaction() as session:
        await carrier_rules.add(session, row("7"))
        policy, found = await rules_in_force.load(session, "other", TODAY)
    assert policy == Policy()
    assert found == RulesInForce(otherwise=published_for(ANY_CARRIER))
    async with company.transaction() as session:
        assert not await carrier_rules.of_tenant(session, "other")
        stored: Sequence[CarrierRuleRow] = await carrier_rules.of_tenant(session, factories.TENANT)
        assert [one.value for one in stored] == ["7"]
        assert len(await session.all(select(CarrierRuleRow))) == 1


async def test_the_rules_in_force_are_a_fact_of_an_order(company: Database) -> None:
    request = OrderRequest(
        tenant=factories.TENANT,
        type=order_type("SERVICE_SUSPEND"),
        requester_id=factories.REQUESTER,
        beneficiary=None,
        answers={},
        items=({},),
    )
    async with company.transaction() as session:
        await carrier_rules.add(session, row("30", valid_from=date(2026, 1, 1)))
        known = await for_request(session, request, needs=(CARRIER_RULES,))
    assert CARRIER_RULES.of(known).of(NORTHWIND).value(RECOVER_DAYS) == 30


# --- kinds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", rule_kinds().values(), ids=lambda kind: kind.code)
def test_each_kind_says_what_it_is_about(kind: Any) -> None:
    assert kind.label
    assert kind.help.endswith(".")
    with pytest.raises(ValueError, match=r"^(Enter|Choose) .*"):
        kind.parse("soon")


@pytest.mark.parametrize(
    ("what", "typed", "value"),
    [
        ("recover_days", " 30 ", 30),
        ("recover_days", "0", None),
        ("recover_days", "3.5", None),
        ("recover_days", "٣٠", None),
        ("recover_days", "9" * 5000, None),
        ("at_limit", "disconnect", "disconnect"),
        ("at_limit", "ask", None),
        ("hotline", "800-922-0204", "+18009220204"),
        ("hotline", "911", None),
    ],
)
def test_a_value_is_read_as_its_kind_says(what: str, typed: str, value: Any) -> None:
    if value is None:
        with pytest.raises(ValueError, match=r"\.$"):
            rule_kinds()[what].parse(typed)
    else:
        assert rule_kinds()[what].parse(typed) == value


def test_a_rule_is_told_in_words() -> None:
    def words(what: str, value: Any, unit: str | None = None) -> str:
        return CarrierRule(what=what, value=value, unit=unit, source="A page", read_on=date(2026, 12, 1)).words

    assert words("suspension_length", 39, "months") == "39 months in a row"
    assert words("suspensions_a_year", 1, "times") == "once in any 12 months"
    assert words("suspensions_a_year", 2, "times") == "2 times in any 12 months"
    assert words("at_limit", "reconnect") == "the carrier resumes service"
    assert words("unbilled_days", 30, "days") == "30 days"
    assert words("return_days", 14, "days_from_shipping") == "14 days from shipping"
    assert words("hotline", "+18009220204") == "(800) 922-0204"
