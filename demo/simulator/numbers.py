"""The identifiers a carrier gives out: telephone numbers, SIMs, devices, parcels."""

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

from stdnum import imei, luhn

from demo.simulator.items import Document, characteristics

AREA_CODE = re.compile(r"[2-9][0-8]\d")
TAC = re.compile(r"\d{8}")
EXCHANGE = re.compile(r"[2-9](?!11|55)\d\d|[2-46-9]55")  # neither N11 nor the fictional 555
USUAL_TAC = "35209900"
MATCHING_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Numbers:
    """Gives identifiers that were not given before.

    `series` (one digit) keeps the blocks of two carriers apart, `claim` records a number and says whether
    it was still free.
    """

    def __init__(self, *, series: int, slug: str, claim: Callable[[str], bool]) -> None:
        self._series = series
        self._slug = slug
        self._claim = claim

    def mdn(self, area_code: str) -> str:
        """Give a telephone number of the area, in E.164."""
        return self._fresh(lambda: f"+1{area_code}{_exchange()}{self._series}{_digits(3)}")

    def imei(self, tac: str) -> str:
        """Give 15 digits: the type allocation code, a serial number and the Luhn check digit."""
        return self._fresh(lambda: _luhn(f"{tac}{self._series}{_digits(5)}"))

    def iccid(self) -> str:
        """Give 19 digits: telecom, United States, issuer, account and the Luhn check digit."""
        return self._fresh(lambda: _luhn(f"890199{self._series}{_digits(11)}"))

    def eid(self) -> str:
        """Give 32 digits whose remainder by 97 is 1."""
        return self._fresh(lambda: _mod97(f"89049032{self._series}{_digits(21)}"))

    def tracking(self) -> str:
        """Give a parcel number."""
        return self._fresh(lambda: f"1Z999AA{self._series}{_digits(10)}")

    def activation_code(self) -> str:
        """Give the code that downloads an eSIM profile; whoever has it can take the line."""
        matching = "-".join("".join(secrets.choice(MATCHING_ALPHABET) for _ in range(4)) for _ in range(5))
        return f"LPA:1$rsp.{self._slug}.example${matching}"

    def identifiers(self, item: Document, *, area_code: str) -> dict[str, Any]:
        """Give what the item lacks: number, SIM and device, in that order."""
        asked = characteristics(item)
        given = dict(self._identifiers(item["action"], asked, area_code))
        return {name: value for name, value in given.items() if not asked.get(name)}

    def _identifiers(self, action: str, asked: dict[str, Any], area_code: str) -> Iterator[tuple[str, str]]:
        if action == "add":
            yield "MDN", self.mdn(str(asked.get("areaCode") or area_code))
        if asked.get("simType") == "pSIM":
            yield "ICCID", self.iccid()
        if asked.get("simType") == "eSIM":
            yield "EID", self.eid()
        if asked.get("deviceSku") and not asked.get("IMEI"):
            tac = str(asked.get("deviceTac") or USUAL_TAC)
            yield "IMEI", self.imei(tac)
            if asked.get("simType") == "eSIM":  # a phone with an eSIM has a slot too, so two identities
                yield "IMEI2", self.imei(tac)

    def _fresh(self, draw: Callable[[], str]) -> str:
        while not self._claim(number := draw()):
            pass
        return number


def complaint(item: Document) -> tuple[str, str] | None:
    """Say, as code and reason, what the carrier cannot build an identifier from."""
    asked = characteristics(item)
    if asked.get("areaCode") and not AREA_CODE.fullmatch(str(asked["areaCode"])):
        return "INVALID_AREA_CODE", f"item {item['id']}: {asked['areaCode']} is not an area code"
    if asked.get("deviceTac") and not TAC.fullmatch(str(asked["deviceTac"])):
        return "INVALID_DEVICE_TAC", f"item {item['id']}: a type allocation code has 8 digits"
    return None


def is_imei(value: Any) -> bool:
    """Tell whether the value is an IMEI of 15 digits with its check digit."""
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
