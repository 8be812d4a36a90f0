"""No process starts with an order type that names a word that no module defines."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

import worker
from api import bootstrap
from models.optional_fact import OptionalFact
from models.order_type import Variant
from models.question import Asked, AskedAt, Source
from models.registry import UnknownWordError
from models.settings import Settings
from models.step import Apply, Fulfill, Place, Record, Rule
from outbox.word_check import check_words
from policies import eligibility
from policies.check import Check, checks_of
from tests.sample_types import sample_type
from workflows.order_type_registry import order_types_by_code

SETTINGS = Settings(environment="development", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
TYPE = sample_type("line", effect="suspend_line", steps=(Rule(), Place("suspend"), Fulfill(), Apply()))
FACT = OptionalFact(code="sims_in_user", empty=None)

# What a type says with a misspelled word, and what the process says about it.
MISSPELLED: dict[str, tuple[dict[str, Any], str]] = {
    "question": (
        {"questions": (Asked("devise"),)},
        "models.questions has no Question 'devise'; did you mean 'device'?",
    ),
    "default": (
        {"questions": (Asked("imei", at=AskedAt.NEVER, by=Source.EMPLOYEE),)},
        "policies.defaults has no DefaultAnswer 'imei'",
    ),
    "check": (
        {"checks": ("acount_active",)},
        "policies.checks has no Check 'acount_active'; did you mean 'account_active'?",
    ),
    "approval plan": (
        {"approval": "MANAGER_THEN_BUGDET"},
        "policies.approval_plans has no ApprovalPlan 'MANAGER_THEN_BUGDET'; did you mean 'MANAGER_THEN_BUDGET'?",
    ),
    "effect": ({"effect": "suspend_lin"}, "models.effects has no Effect 'suspend_lin'; did you mean 'suspend_line'?"),
    "event": ({"steps": (Record("shiped"),)}, "models.events has no Event 'shiped'; did you mean 'shipped'?"),
    "carrier action": (
        {"steps": (Place("susspend"),)},
        "carriers.tmf622.actions has no CarrierAction 'susspend'; did you mean 'suspend'?",
    ),
    "optional fact": (
        {"checks": ("needy",)},
        "models.db.facts has no FactLoader 'sims_in_user'; did you mean 'sims_in_use'?",
    ),
}


async def start_api() -> None:
    async with bootstrap.open_services(SETTINGS, None):
        """Never reached."""


async def start_worker() -> None:
    """Workflows, activities, relay, reconciler and monitors."""
    async with asyncio.timeout(5):
        await worker.run(SETTINGS)


@pytest.fixture(autouse=True)
def a_check_that_needs_a_fact_without_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    needy = Check(code="needy", errors=(), judge=lambda _: iter(()), needs=(FACT,))
    monkeypatch.setattr(
        eligibility, "checks_of", lambda kind: (needy,) if kind.checks == ("needy",) else checks_of(kind)
    )


@pytest.mark.parametrize("word", MISSPELLED)
@pytest.mark.parametrize("start", [start_api, start_worker])
async def test_a_process_does_not_start_with_an_unknown_word(
    monkeypatch: pytest.MonkeyPatch, start: Callable[[], Awaitable[None]], word: str
) -> None:
    changes, sentence = MISSPELLED[word]
    for module in (bootstrap, worker):
        monkeypatch.setattr(module, "order_types_by_code", lambda: {"SAMPLE": replace(TYPE, **changes)})
    with pytest.raises(UnknownWordError) as refused:
        await start()
    assert str(refused.value) == f"SAMPLE: {sentence}"


@pytest.mark.parametrize("word", MISSPELLED)
def test_the_words_of_every_variant_are_checked(word: str) -> None:
    changes, sentence = MISSPELLED[word]
    with pytest.raises(UnknownWordError) as refused:
        check_words([replace(TYPE, variants=(Variant(question="billing", equals=True, changes=changes),))])
    assert str(refused.value) == f"SAMPLE: {sentence}"


def test_every_word_of_every_order_type_exists() -> None:
    check_words([TYPE, *order_types_by_code().values()])
