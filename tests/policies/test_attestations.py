"""Whose a consent is: nobody agrees for someone else."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from models import questions
from models.attestation import Acceptance, AttestationChannel
from models.errors import OrderRejected
from models.facts import Facts, HolderDetails, Site
from models.order_type import OrderType
from models.question import Answerer, AskedAt
from policies.answers import resolve_answers
from policies.attestations import Consent, consents
from tests.policies.sample_facts import ANN, HOME, facts, person, request
from workflows.order_type_registry import order_types_by_code

TYPES = order_types_by_code()
NEW_LINE = TYPES["NEW_SERVICE_DEVICE"]
OF_OTHERS = [
    (kind, asked.code)
    for kind in TYPES.values()
    for asked in kind.asked(AskedAt.SUBMIT)
    if asked.who is not Answerer.REQUESTER
]
BEN = person("Ben", phone=ANN.phone, address=HOME)
DESK = Site(id="s1", name="Front desk", contact=BEN, phone=ANN.phone, address=HOME)
UNMANNED = replace(DESK, name="Unmanned desk", contact=None)
NOBODY = HolderDetails(name="Unassigned", active=True, phone=ANN.phone, address=HOME)
CONSENTS = ("recurring_charges", "use_policy")


def test_the_types_that_give_someone_a_line_ask_that_person_to_accept_the_policy() -> None:
    assert {(kind.code, code) for kind, code in OF_OTHERS} == {
        ("LINE_REASSIGN", "use_policy"),
        ("NEW_SERVICE_DEVICE", "use_policy"),
    }


def test_only_a_consent_can_be_asked_of_someone_else_after_the_order_is_submitted() -> None:
    for _, code in OF_OTHERS:
        assert questions.find(code).is_consent
        assert questions.find(code).agrees_to


def _for(beneficiary: HolderDetails, kind: OrderType = NEW_LINE, *given: str) -> Facts:
    """Ann's order for a holder, with these consents given."""
    return facts(type=kind, beneficiary=beneficiary, answers=(dict.fromkeys(given, True),))


def _resolved(known: Facts, *items: Mapping[str, Any], **answers: Any) -> Mapping[str, Any]:
    (resolved,) = resolve_answers(replace(request(*items, **answers), type=known.type), known)
    return resolved


def _errors(known: Facts, *items: Mapping[str, Any], **answers: Any) -> set[tuple[str, str | None]]:
    with pytest.raises(OrderRejected) as caught:
        _resolved(known, *items, **answers)
    return {(error.code, error.field) for error in caught.value.errors}


@pytest.mark.fault("35")
@pytest.mark.covers("ANSWER_NOT_YOURS")
@pytest.mark.parametrize("answer", [True, False, "yes"])
@pytest.mark.parametrize("beneficiary", [BEN, DESK, UNMANNED, NOBODY], ids=lambda one: one.name)
def test_nobody_accepts_the_policy_for_someone_else(beneficiary: HolderDetails, answer: Any) -> None:
    assert _errors(_for(beneficiary), use_policy=answer) == {("ANSWER_NOT_YOURS", "answers.use_policy")}


@pytest.mark.fault("35")
def test_it_is_not_accepted_in_an_item_either() -> None:
    assert ("ANSWER_NOT_YOURS", "items.0.use_policy") in _errors(_for(BEN), {"use_policy": True})


@pytest.mark.parametrize("beneficiary", [ANN, replace(DESK, contact=ANN)], ids=lambda one: one.name)
def test_who_orders_for_themselves_or_their_site_accepts_it_with_the_order(beneficiary: HolderDetails) -> None:
    assert _resolved(_for(beneficiary))["use_policy"] is True
    assert _errors(_for(beneficiary), use_policy=None) == {("ACK_REQUIRED", "answers.use_policy")}


def _consents(known: Facts) -> set[tuple[str, str, bool]]:
    return {(one.question.code, one.person_id, one.given) for one in consents(known)}


def test_the_consents_of_an_order_are_the_requester_s_and_the_beneficiary_s() -> None:
    assert _consents(_for(ANN, NEW_LINE, *CONSENTS)) == {(code, ANN.id, True) for code in CONSENTS}
    assert _consents(_for(BEN, NEW_LINE, "recurring_charges")) == {
        ("recurring_charges", ANN.id, True),
        ("use_policy", BEN.id, False),
    }
    assert _consents(_for(DESK, NEW_LINE, "recurring_charges")) == {
        ("recurring_charges", ANN.id, True),
        ("use_policy", BEN.id, False),
    }
    assert _consents(_for(NOBODY, NEW_LINE, "recurring_charges")) == {("recurring_charges", ANN.id, True)}


def test_a_consent_that_an_order_does_not_need_is_none_of_it() -> None:
    assert not list(consents(_for(ANN, TYPES["PLAN_CHANGE"])))
    (agreed,) = consents(_for(BEN, TYPES["PLAN_CHANGE"], "lost_features"))
    assert agreed == Consent(question=questions.find("lost_features"), person_id=ANN.id, given=True)


@pytest.mark.parametrize(("kind", "code"), OF_OTHERS, ids=[kind.code for kind, _ in OF_OTHERS])
def test_what_the_requester_accepted_before_needs_no_answer(kind: OrderType, code: str) -> None:
    only = replace(kind, questions=tuple(one for one in kind.questions if one.code == code))
    known = _for(ANN, only)
    asking = replace(request(), type=only, answers={})
    with pytest.raises(OrderRejected, match="missing"):
        resolve_answers(asking, known)
    acceptance = Acceptance(version=1, at=known.now, channel=AttestationChannel.PAGE, by=ANN.id)
    assert resolve_answers(asking, replace(known, accepted={code: acceptance})) == ({code: True},)
    assert resolve_answers(asking, replace(known, beneficiary=BEN, accepted={code: acceptance})) == ({},)
