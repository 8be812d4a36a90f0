"""Every check either runs again before an order is carried out, and then finds what has changed, or says why not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import pytest

from models.carrier_quote import CarrierQuote
from models.facts import Facts, Role
from models.inventory import DeviceStatus, LineStatus
from models.optional_facts.accounts import CRITICAL_LINES
from models.optional_facts.people import UNDECIDED_NUMBERS, Leaver
from models.optional_facts.plan_change import PLAN_CHANGES, PLANS_IN_USE, PlanChanges, PlanInUse
from models.optional_facts.suspensions import SUSPENSIONS
from models.product import ProductKind
from models.questions.number_change import ADDRESS_FIRST
from models.registry import load
from models.timers import SuspensionPeriod
from policies.check import PACKAGE, Check
from policies.eligibility import changed, check
from tests.policies import sample_facts, test_return_checks, test_spare_lines
from tests.policies.sample_facts import ANN, answering, changing_plan, facts, policy, product, selling
from tests.policies.test_carrier_quotes import quoted
from tests.policies.test_line_checks import BO, DAY, LINE, MOMENT, VERIZON, reassigning, suspending
from tests.policies.test_spare_lines import PHONE
from tests.workflows.order_types import (
    test_features_change,
    test_new_service_device,
    test_number_change,
    test_reconnected_lines,
    test_service_resume,
    test_service_terminate,
)
from tests.workflows.order_types.test_plan_change import changing
from tests.workflows.order_types.test_sim_replace import NEW_ICCID, replacing
from tests.workflows.order_types.test_subscriber_update import KNOWN_LINE, updating
from tests.workflows.order_types.test_subscriber_update import LINE as UNNAMED_LINE

CHECKS = load(PACKAGE, Check)
_REASSIGNED = replace(sample_facts.changed(LINE), assigned_to=BO, managers=(), line=LINE.line.held_by(BO.holder))


def _line(known: Facts, **changes: object) -> Facts:
    """The facts when something of the first line has changed."""
    named = known.named_lines[0]
    return replace(known, lines={**known.lines, named.line.id: sample_facts.changed(named, **changes)})


def _fact(known: Facts, code: str, found: object) -> Facts:
    return replace(known, optional={**known.optional, code: found})


def _billing_account(known: Facts) -> Facts:
    return _fact(_line(known, carrier_account="2873"), PLANS_IN_USE.code, {})


# From February 18 on, the first day of the billing cycle.
_BACKDATED = test_features_change.changing(("FILTER",), on=date(2026, 2, 18))
_DUE = replace(facts(), effective_on=date(2026, 4, 1))
_CHANGE_PLAN, _NEW_SIM = _billing_account(changing_plan("SMALL")), replacing(NEW_ICCID)
_SUSPEND = _fact(suspending(LINE, answers={"resume_on": "2026-03-20"}, optional=VERIZON), SUSPENSIONS.code, {})
_FEATURES = changing("SMALL")
_CASE, _ROAMING = answering({"accessories": ["CASE"]}), answering({"features": ["ROAMING"]})
_UPDATE = updating(UNNAMED_LINE)
_RESUME = test_service_resume.resuming(
    test_service_resume.line("lost", test_service_resume.LOST_PHONE), device_in_hand=True
)
_RECONNECT = test_reconnected_lines.reconnecting(5)
_END = test_service_terminate.ending(test_service_terminate.lines())
_RENUMBER = test_number_change.ordering()
_RETURN = test_return_checks.sample()
_ADD = test_features_change.changing(("FILTER",), ("BASIC",), present=("BASIC",))
_TRAVEL = test_features_change.changing(("EUROPE",), **test_features_change.TRIP)
_TRIAL = test_new_service_device.ordering("TRIAL", features_end_on="2026-03-31")
# Of each check that runs again: the facts at submission, and later.
LATER: Mapping[str, tuple[Facts, Facts]] = MappingProxyType(
    {
        "requester_may_order": (suspending(LINE), suspending(_REASSIGNED)),
        "beneficiary_active": (facts(), facts(beneficiary=replace(ANN, active=False))),
        "account_active": (facts(), facts(account=replace(facts().account, active=False))),
        "billed_by_carrier": (facts(), facts(account=replace(facts().account, carrier_accounts={}))),
        "in_catalog": (facts(), facts(products={})),
        "accessories_fit": (
            _CASE,
            selling(product("CASE", ProductKind.ACCESSORY, fits=frozenset({"TABLET"})), answers=_CASE.answers),
        ),
        "features_fit": (
            _ROAMING,
            selling(product("ROAMING", ProductKind.FEATURE, fits=frozenset({"LARGE"})), answers=_ROAMING.answers),
        ),
        "plan_fits_device": (facts(), selling(product("PLAN", ProductKind.PLAN, fits=frozenset({"TABLET"})))),
        "sim_type_fits": (facts(), selling(product("PHONE", ProductKind.DEVICE, attributes={"sim_types": ["pSIM"]}))),
        "cost_center_valid": (facts(), facts(cost_centers=frozenset({"CC-2"}))),
        "line_active": (suspending(LINE), _line(suspending(LINE), status=LineStatus.SUSPENDED)),
        "line_in_use": (reassigning(), _line(reassigning(), status=LineStatus.DISCONNECTED)),
        "line_not_ended": (_UPDATE, _line(_UPDATE, status=LineStatus.TERMINATED)),
        "line_stopped": (_RESUME, _line(_RESUME, status=LineStatus.ACTIVE)),
        "resumed_alike": (
            _RECONNECT,
            replace(
                _RECONNECT,
                lines={**_RECONNECT.lines, "l2": replace(LINE, line=replace(LINE.line, id="l2"))},
                answers=(*_RECONNECT.answers, {"line": "l2", "resume_from": "suspended"}),
            ),
        ),
        "within_window": (_RECONNECT, replace(_RECONNECT, now=MOMENT + 30 * DAY)),
        "number_may_change": (_RECONNECT, test_reconnected_lines.reconnecting(5, of_carrier=None)),
        "line_to_end": (_END, _line(_END, status=LineStatus.DISCONNECTED)),
        "line_has_number": (_RENUMBER, _line(_RENUMBER, status=LineStatus.SUSPENDED)),
        "number_stays_here": (_RENUMBER, _line(_RENUMBER, status=LineStatus.PORTING_OUT)),
        "number_not_changed_lately": (_RENUMBER, _line(_RENUMBER, **test_number_change.former(1))),
        "number_not_protected": (_RENUMBER, _fact(_RENUMBER, CRITICAL_LINES.code, {"l1": "Acme"})),
        "address_fits": (
            _RENUMBER,
            replace(_RENUMBER, answers=({**_RENUMBER.answers[0], ADDRESS_FIRST.code: True},)),
        ),
        "line_stays_here": (_END, _line(_END, status=LineStatus.PORTING_OUT)),
        "reason_given": (_END, replace(_END, answers=({**_END.answers[0], "end_reason": "other"},))),
        "device_settled": (_END, test_service_terminate.with_phone()),
        "number_given_up": (_END, _fact(_END, CRITICAL_LINES.code, {"l0": "Acme"})),
        "leaver_has_decided": (
            _END,
            _fact(_END, UNDECIDED_NUMBERS.code, {"l0": Leaver(name="Ann", last_day=_END.now.date() + 3 * DAY)}),
        ),
        "data_still_shared": (
            _fact(_line(_END, carrier_account="2873"), PLANS_IN_USE.code, {}),
            _fact(
                _line(_END, carrier_account="2873"),
                PLANS_IN_USE.code,
                {
                    ("northwind", "2873"): {
                        "PLAN": PlanInUse(name="Primary", lines=1),
                        "SHARING": PlanInUse(name="Sharing", lines=1, shared_primary="PLAN"),
                    }
                },
            ),
        ),
        "device_found": (_RESUME, replace(_RESUME, answers=({**_RESUME.answers[0], "device_in_hand": None},))),
        "device_not_blocked": (
            _RESUME,
            test_service_resume.resuming(test_service_resume.line(device=test_service_resume.BLOCKED_PHONE)),
        ),
        "plan_offered": (_RESUME, replace(_RESUME, products={})),
        "lines_together": (suspending(LINE), _line(suspending(LINE), account_id="fleet")),
        "spare_line_settled": (test_spare_lines.released(), test_spare_lines.released(device=PHONE)),
        "new_holder": (reassigning(), reassigning(LINE)),
        "resume_date_in_range": (_SUSPEND, replace(_SUSPEND, now=MOMENT + 30 * DAY)),
        "within_carriers_rule": (
            _SUSPEND,
            _fact(_SUSPEND, SUSPENSIONS.code, {"l1": (SuspensionPeriod(began=MOMENT - 180 * DAY, ended=MOMENT),)}),
        ),
        "sim_free": (_NEW_SIM, replacing(NEW_ICCID, in_use={NEW_ICCID: "l9"})),
        "sim_of_carrier": (_NEW_SIM, replacing(NEW_ICCID, policy=policy(sim_issuers={"northwind": ("8901880",)}))),
        "sim_unprotected": (_NEW_SIM, _line(_NEW_SIM, sim_protected=True)),
        "something_changes": (_ADD, replace(_ADD, answers=({"line": "l1"},))),
        "features_on_as_said": (_ADD, _line(_ADD, features=("BASIC", "FILTER"))),
        "features_fit_line": (_ADD, _line(_ADD, carrier="bluepeak")),
        "no_conflicts": (_TRAVEL, _line(_TRAVEL, features=("WORLD",))),
        "mandatory_kept": (
            test_features_change.changing((), ("FILTER",), present=("FILTER",)),
            test_features_change.changing((), ("BASIC",)),
        ),
        "last_day_known": (_TRIAL, replace(_TRIAL, now=_TRIAL.now + 60 * DAY)),
        "trip_known": (_TRAVEL, replace(_TRAVEL, now=_TRAVEL.now + 60 * DAY)),
        "other_plan": (_CHANGE_PLAN, _line(_CHANGE_PLAN, plan="SMALL")),
        "plan_unchanged": (_CHANGE_PLAN, replace(_line(_CHANGE_PLAN, plan="LARGE"), replaced=({"plan": "PLAN"},))),
        "plan_fits_line": (_CHANGE_PLAN, _line(_CHANGE_PLAN, carrier="bluepeak")),
        "lost_features_accepted": (_FEATURES, _line(_FEATURES, features=("EUROPE",))),
        "contract_ended": (_CHANGE_PLAN, _line(_CHANGE_PLAN, contract_until=date(2028, 6, 30))),
        "plan_change_left": (
            _fact(_CHANGE_PLAN, PLAN_CHANGES.code, {}),
            _fact(
                _CHANGE_PLAN,
                PLAN_CHANGES.code,
                {"l0": PlanChanges(cycle_day=1, a_month=1, one_a_cycle=False, changed_at=(MOMENT,))},
            ),
        ),
        "shared_plans_kept": (
            _CHANGE_PLAN,
            _fact(
                _CHANGE_PLAN,
                PLANS_IN_USE.code,
                {("northwind", "2873"): {"PLAN": PlanInUse(name="Pool", lines=3, pool_minimum=3)}},
            ),
        ),
        "carrier_accepts": (
            quoted(CarrierQuote(eligible=True)),
            quoted(CarrierQuote(eligible=False, why_not="the account is past due")),
        ),
        "device_known": (_RETURN, test_return_checks.sample(record={"status": DeviceStatus.RETIRED})),
        "devices_together": (_RETURN, test_return_checks.sample(record={"account_id": "fleet"})),
        "returnable": (_RETURN, test_return_checks.sample(record={"status": DeviceStatus.LOST_STOLEN})),
        "return_not_open": (
            _RETURN,
            test_return_checks.sample(replace(test_return_checks.DELIVERY, open_return="8K8-5KT")),
        ),
        "return_carrier_known": (
            _RETURN,
            replace(
                test_return_checks.sample(replace(test_return_checks.DELIVERY, carrier=None)),
                devices={"d1": replace(_RETURN.devices["d1"], line=None)},
            ),
        ),
        "device_described": (_RETURN, test_return_checks.sample(condition=None)),
        "start_in_range": (_BACKDATED, replace(_BACKDATED, now=_BACKDATED.now + timedelta(days=18))),
        "nothing_changes": (_UPDATE, replace(_UPDATE, lines={"l1": KNOWN_LINE})),
    }
)


@pytest.mark.fault("27")
def test_a_check_runs_again_unless_it_says_why_not() -> None:
    assert {code for code, one in CHECKS.items() if one.why_once is None} == set(LATER)
    assert [code for code, one in CHECKS.items() if one.why_once == ""] == []


@pytest.mark.fault("27")
@pytest.mark.parametrize("code", sorted(LATER))
def test_a_check_finds_what_has_changed_since_the_order_was_submitted(code: str) -> None:
    before, later = (replace(known, type=replace(known.type, checks=(code,))) for known in LATER[code])
    assert check(before) == ()
    found = {error.code for error in changed(replace(later, submitted=True))}
    assert found
    assert found <= set(CHECKS[code].errors)


# Requesters who had permission, and don't anymore.
@pytest.mark.fault("27")
@pytest.mark.parametrize(
    ("known", "says"),
    [
        pytest.param(
            suspending(replace(LINE, managers=()), requester=sample_facts.MIA),
            "Mia no longer has permission to change this line.",
            id="no longer their manager",
        ),
        pytest.param(
            facts(requester=sample_facts.MIA, managers=()),
            "Mia no longer has permission to order for Ann.",
            id="no longer their manager, new line",
        ),
        pytest.param(
            facts(beneficiary=replace(ANN, account_id="fleet")),
            "Ann no longer has permission to charge account FA-2.",
            id="other department",
        ),
        pytest.param(suspending(_REASSIGNED), "This line is no longer assigned to Ann.", id="line changed hands"),
        pytest.param(
            facts(requester=replace(ANN, active=False)),
            "Ann, who ordered this, is no longer active. Someone else has to order it.",
            marks=pytest.mark.covers("REQUESTER_INACTIVE"),
            id="left",
        ),
        pytest.param(
            suspending(LINE, requester=replace(BO, active=False, roles=frozenset({Role.ADMIN}))),
            "Bo, who ordered this, is no longer active. Someone else has to order it.",
            id="admin who left",
        ),
    ],
)
def test_permission_is_checked_again(known: Facts, says: str) -> None:
    assert any(error.detail.startswith(says) for error in changed(replace(known, submitted=True)))


@pytest.mark.fault("27")
def test_a_rule_of_the_carrier_counts_even_if_permission_is_lost() -> None:
    """The people who decide read everything that has changed."""
    _, used_up = LATER["within_carriers_rule"]
    lost = replace(used_up, requester=BO, submitted=True)
    assert {error.code for error in changed(lost)} == {"NOT_AUTHORIZED_ON_BEHALF", "SUSPENSION_QUOTA_USED"}
