from datetime import UTC, datetime

import pytest

from api.auth import totp
from demo.inbox.authenticator import Authenticator

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # from appendix B of the RFC
VECTORS = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_match_rfc_6238(seconds: int, code: str) -> None:
    assert totp.step_of(SECRET, code, at=_at(seconds), last=None) == seconds // 30


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_authenticator_of_the_demo_shows_the_same_codes(seconds: int, code: str) -> None:
    app = Authenticator(role="employee", name="Ann", user_name="ann@x.com", password="", secret=SECRET)
    assert app.code(seconds) == code


def test_a_used_step_and_earlier_steps_are_rejected() -> None:
    at = _at(59)
    assert totp.step_of(SECRET, "287082", at=at, last=0) == 1
    assert totp.step_of(SECRET, "287082", at=at, last=1) is None
    assert totp.step_of(SECRET, "287082", at=at, last=2) is None


@pytest.mark.parametrize("code", ["", "28708", "2870822", "28708a", "٢٨٧٠٨٢"])
def test_anything_but_six_digits_is_rejected(code: str) -> None:
    assert totp.step_of(SECRET, code, at=_at(59), last=None) is None


def test_a_code_may_contain_a_space() -> None:
    assert totp.step_of(SECRET, "287 082", at=_at(59), last=None) == 1


def test_recovery_codes_are_unique_and_accepted_in_any_format() -> None:
    codes = totp.new_recovery_codes()
    assert len(set(codes)) == 10
    assert {totp.plain_code(one.lower().replace("-", " ")) for one in codes} == {one.replace("-", "") for one in codes}


def test_the_provisioning_uri_contains_username_and_issuer() -> None:
    uri = totp.provisioning_uri(SECRET, "ann@acme.example.com")
    assert uri.startswith("otpauth://totp/Dialtone:ann%40acme.example.com?secret=GEZDG")
    assert "issuer=Dialtone" in uri
