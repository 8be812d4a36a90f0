"""Orders for lines that the carrier has, or has not, an account to charge for."""

from dataclasses import replace

import pytest

from models.facts import Facts
from models.questions.products import DEVICE
from policies.choices import offered
from policies.eligibility import check
from tests.policies.sample_facts import ANN, MIA, PLAN_CHANGE, VIC, answering, changing_plan, facts, named_line

PLAN_CHANGE_BILLED = replace(PLAN_CHANGE, checks=("billed_by_carrier",))


def _changing(own_account: str | None, **carrier_accounts: str) -> Facts:
    line = named_line("l0", ANN, (MIA, VIC), carrier_account=own_account)
    account = replace(facts().account, carrier_accounts=carrier_accounts)
    return changing_plan("SMALL", type=PLAN_CHANGE_BILLED, lines={"l0": line}, account=account)


@pytest.mark.parametrize("known", [_changing("2873"), _changing(None, northwind="2873")])
def test_a_line_is_charged_to_its_own_account_or_to_that_of_its_department(known: Facts) -> None:
    assert check(known) == ()


@pytest.mark.covers("CARRIER_ACCOUNT_MISSING")
@pytest.mark.parametrize("known", [_changing(None, bluepeak="9400"), _changing(None)])
def test_a_line_that_the_carrier_cannot_charge_is_not_changed(known: Facts) -> None:
    (error,) = check(known)
    assert (error.code, error.field) == ("CARRIER_ACCOUNT_MISSING", "items.0.line")
    assert error.detail.startswith("The account that pays for the order has no billing account")


def test_the_form_offers_only_products_of_carriers_that_can_charge_the_account() -> None:
    unbilled = replace(facts().account, carrier_accounts={"bluepeak": "9400"})
    assert [one.sku for one in offered(answering({}), 0, DEVICE)] == ["PHONE", "TABLET"]
    assert [*offered(facts(account=unbilled), 0, DEVICE)] == []
