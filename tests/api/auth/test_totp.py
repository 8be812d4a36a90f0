"""Codes: those of RFC 6238, each step once; recovery codes however they are typed."""

from datetime import UTC, datetime

import pytest

from api.auth import totp
from demo.inbox.authenticator import Authenticator

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # that of the RFC's appendix B
VECTORS = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    assert totp.step_of(SECRET, code, at=_at(seconds), last=None) == seconds // 30


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_demos_authenticator_agrees_without_sharing_a_line(seconds: int, code: str) -> None:
    app = Authenticator(part="employee", name="Ann", user_name="ann@x.com", password="", secret=SECRET)
    assert app.code(seconds) == code


def test_a_step_that_was_used_is_not_taken_again_nor_one_before_it() -> None:
    at = _at(59)
    assert totp.step_of(SECRET, "287082", at=at, last=0) == 1
    assert totp.step_of(SECRET, "287082", at=at, last=1) is None
    assert totp.step_of(SECRET, "287082", at=at, last=2) is None


@pytest.mark.parametrize("code", ["", "28708", "2870822", "28708a", "٢٨٧٠٨٢"])
def test_what_is_not_six_digits_is_no_code(code: str) -> None:
    assert totp.step_of(SECRET, code, at=_at(59), last=None) is None


def test_a_code_may_be_typed_as_the_app_shows_it() -> None:
    assert totp.step_of(SECRET, "287 082", at=_at(59), last=None) == 1


def test_recovery_codes_are_many_different_and_read_however_they_are_typed() -> None:
    codes = totp.new_recovery_codes()
    assert len(set(codes)) == 10
    assert {totp.plain_code(one.lower().replace("-", " ")) for one in codes} == {one.replace("-", "") for one in codes}


def test_the_app_is_told_who_and_where() -> None:
    address = totp.address_of(SECRET, "ann@acme.example.com")
    assert address.startswith("otpauth://totp/Dialtone:ann%40acme.example.com?secret=GEZDG")
    assert "issuer=Dialtone" in address
