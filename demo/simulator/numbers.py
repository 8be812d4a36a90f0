"""The identifiers that a carrier assigns: phone numbers, SIMs, devices, parcels."""

import re
import secrets
from collections.abc import Callable
from typing import Any

from stdnum import imei, luhn

_AREA_CODE = re.compile(r"[2-9][0-8]\d")
_TAC = re.compile(r"\d{8}")
EXCHANGE = re.compile(r"[2-9](?!11|55)\d\d|[2-46-9]55")  # neither N11 nor the fictional 555
_CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class NumberGenerator:
    """Generates identifiers that were not used before.

    `series` (one digit) keeps the numbers of two carriers distinct; `area_code` is that of phone numbers for which
    none is requested; `claim` stores a number and returns whether it was free.
    """

    def __init__(self, *, series: int, slug: str, area_code: str, claim: Callable[[str], bool]) -> None:
        self._series = series
        self._slug = slug
        self._area_code = area_code
        self._claim = claim

    def mdn(self, area_code: str | None = None) -> str:
        """In E.164 format."""
        return self._unused(lambda: f"+1{area_code or self._area_code}{_exchange()}{self._series}{_digits(3)}")

    def imei(self, tac: str) -> str:
        """Type allocation code, serial number and Luhn check digit: 15 digits."""
        return self._unused(lambda: _luhn(f"{tac}{self._series}{_digits(5)}"))

    def iccid(self) -> str:
        """Telecom, United States, issuer, account and Luhn check digit: 19 digits."""
        return self._unused(lambda: _luhn(f"890199{self._series}{_digits(11)}"))

    def eid(self) -> str:
        """32 digits whose remainder modulo 97 is 1."""
        return self._unused(lambda: _mod97(f"89049032{self._series}{_digits(21)}"))

    def tracking(self) -> str:
        return self._unused(lambda: f"1Z999AA{self._series}{_digits(10)}")

    def activation_code(self) -> str:
        """The code that downloads an eSIM profile. It is a secret: anyone who has it can use the line."""
        code = "-".join("".join(secrets.choice(_CODE_ALPHABET) for _ in range(4)) for _ in range(5))
        return f"LPA:1$rsp.{self._slug}.example${code}"

    def _unused(self, generate: Callable[[], str]) -> str:
        while not self._claim(number := generate()):
            pass
        return number


def is_area_code(value: Any) -> bool:
    return bool(_AREA_CODE.fullmatch(str(value)))


def is_tac(value: Any) -> bool:
    """Whether it is a type allocation code."""
    return bool(_TAC.fullmatch(str(value)))


def is_imei(value: Any) -> bool:
    """15 digits with a valid check digit."""
    return isinstance(value, str) and bool(imei.is_valid(value)) and len(value) == 15  # noqa: PLR2004


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))


def _exchange() -> str:
    while not EXCHANGE.fullmatch(exchange := _digits(3)):
        pass
    return exchange


def _luhn(body: str) -> str:
    return f"{body}{luhn.calc_check_digit(body)}"


def _mod97(body: str) -> str:
    return f"{body}{98 - int(body + '00') % 97:02d}"
