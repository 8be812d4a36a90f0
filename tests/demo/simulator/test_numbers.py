"""Identifiers are valid and never assigned twice."""

from collections.abc import Callable

import phonenumbers
import pytest
from stdnum import imei, luhn

from demo.simulator.numbers import EXCHANGE, NumberGenerator, is_area_code, is_tac


def generator(series: int = 1, claim: Callable[[str], bool] = lambda _: True) -> NumberGenerator:
    return NumberGenerator(series=series, slug="test-mobile", area_code="646", claim=claim)


def test_a_phone_number_has_the_requested_area_code() -> None:
    generated = [generator().mdn("212") for _ in range(50)]
    assert all(number.startswith("+1212") for number in generated)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in generated)


def test_without_a_requested_area_code_a_phone_number_has_that_of_the_carrier() -> None:
    assert generator().mdn().startswith("+1646")


@pytest.mark.parametrize("exchange", ["011", "123", "411", "555", "55", "2125"])
def test_reserved_exchanges_are_not_used(exchange: str) -> None:
    assert not EXCHANGE.fullmatch(exchange)


def test_only_the_fictional_exchange_555_is_left_out() -> None:
    assert EXCHANGE.fullmatch("255")
    assert EXCHANGE.fullmatch("989")


def test_two_carriers_never_assign_the_same_number() -> None:
    ours, theirs = generator(series=1), generator(series=2)
    assert {ours.mdn("212")[8] for _ in range(20)} == {"1"}
    assert {theirs.mdn("212")[8] for _ in range(20)} == {"2"}


def test_a_number_that_was_assigned_before_is_generated_again() -> None:
    claimed: list[str] = []

    def third_is_free(number: str) -> bool:
        claimed.append(number)
        return len(claimed) == 3

    assert generator(claim=third_is_free).iccid() == claimed[-1]
    assert len(set(claimed)) == 3


def test_an_imei_has_the_type_code_of_the_device_and_a_check_digit() -> None:
    generated = generator().imei("49015420")
    assert generated.startswith("49015420")
    assert imei.is_valid(generated)


def test_an_iccid_has_19_digits_with_a_check_digit() -> None:
    generated = generator().iccid()
    assert len(generated) == 19
    assert generated.startswith("8901")
    assert luhn.is_valid(generated)


def test_an_eid_has_32_digits_with_check_digits() -> None:
    generated = [generator().eid() for _ in range(50)]
    assert {len(eid) for eid in generated} == {32}
    assert {int(eid) % 97 for eid in generated} == {1}


def test_an_activation_code_names_the_carriers_server() -> None:
    prefix, server, code = generator().activation_code().split("$")
    assert (prefix, server) == ("LPA:1", "rsp.test-mobile.example")
    assert len(code) == 24


@pytest.mark.parametrize("code", ["112", "21", "2124", "abc", "297"])
def test_an_impossible_area_code_is_invalid(code: str) -> None:
    assert not is_area_code(code)


def test_a_type_code_has_eight_digits() -> None:
    assert [is_tac("49015420"), is_tac("4901542")] == [True, False]
