"""Identifiers are well-formed, and given out once."""

from collections.abc import Callable

import phonenumbers
import pytest
from stdnum import imei, luhn

from demo.simulator.numbers import EXCHANGE, Numbers, complaint
from tests.demo.simulator.simulator_client import item


def numbers(series: int = 1, claim: Callable[[str], bool] = lambda _: True) -> Numbers:
    return Numbers(series=series, slug="test-mobile", claim=claim)


def test_a_telephone_number_lies_in_the_area_asked_for() -> None:
    drawn = [numbers().mdn("212") for _ in range(50)]
    assert all(number.startswith("+1212") for number in drawn)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in drawn)


@pytest.mark.parametrize("exchange", ["011", "123", "411", "555", "55", "2125"])
def test_exchanges_that_nobody_has_are_never_given(exchange: str) -> None:
    assert not EXCHANGE.fullmatch(exchange)


def test_the_only_555_left_out_is_the_fictional_exchange() -> None:
    assert EXCHANGE.fullmatch("255")
    assert EXCHANGE.fullmatch("989")


def test_two_carriers_never_give_the_same_number() -> None:
    ours, theirs = numbers(series=1), numbers(series=2)
    assert {ours.mdn("212")[8] for _ in range(20)} == {"1"}
    assert {theirs.mdn("212")[8] for _ in range(20)} == {"2"}


def test_a_number_given_before_is_drawn_again() -> None:
    taken: list[str] = []

    def third_time_lucky(number: str) -> bool:
        taken.append(number)
        return len(taken) == 3

    assert numbers(claim=third_time_lucky).iccid() == taken[-1]
    assert len(set(taken)) == 3


def test_an_imei_carries_the_type_of_the_device_and_a_check_digit() -> None:
    drawn = numbers().imei("49015420")
    assert drawn.startswith("49015420")
    assert imei.is_valid(drawn)


def test_an_iccid_has_19_digits_that_check() -> None:
    drawn = numbers().iccid()
    assert len(drawn) == 19
    assert drawn.startswith("8901")
    assert luhn.is_valid(drawn)


def test_an_eid_has_32_digits_that_check() -> None:
    drawn = [numbers().eid() for _ in range(50)]
    assert {len(eid) for eid in drawn} == {32}
    assert {int(eid) % 97 for eid in drawn} == {1}


def test_an_activation_code_names_the_carriers_server() -> None:
    prefix, server, matching = numbers().activation_code().split("$")
    assert (prefix, server) == ("LPA:1", "rsp.test-mobile.example")
    assert len(matching) == 24


def test_only_what_the_item_lacks_is_given() -> None:
    own = item("add", simType="pSIM", ICCID="8901990000000000000", deviceSku="PHONE", areaCode="305")
    assert set(numbers().identifiers(own, area_code="646")) == {"MDN", "IMEI"}


def test_a_change_of_a_line_gets_no_new_number() -> None:
    assert numbers().identifiers(item("modify", planSku="P"), area_code="646") == {}


def test_a_phone_with_an_esim_has_two_imeis() -> None:
    given = numbers().identifiers(item("add", simType="eSIM", deviceSku="PHONE"), area_code="646")
    assert set(given) == {"MDN", "EID", "IMEI", "IMEI2"}
    assert given["IMEI"] != given["IMEI2"]


@pytest.mark.parametrize("code", ["112", "21", "2124", "abc", "297"])
def test_an_impossible_area_code_is_complained_of(code: str) -> None:
    assert (complaint(item(areaCode=code)) or ("",))[0] == "INVALID_AREA_CODE"


def test_a_type_code_of_seven_digits_is_complained_of() -> None:
    assert (complaint(item(deviceTac="4901542")) or ("",))[0] == "INVALID_DEVICE_TAC"
