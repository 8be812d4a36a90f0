"""Device, SIM and phone numbers with valid check digits. The phone numbers are fictional."""

from collections.abc import Iterator
from itertools import count

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

_FICTIONAL_NUMBERS = 100  # 555-0100 to 555-0199 are reserved for fiction


class TenantNumbers:
    """Generates numbers that no other tenant and no simulated carrier uses."""

    def __init__(self, tenant: int) -> None:
        self._tenant = tenant
        self._devices = count(1)
        self._sims = count(1)
        self._products = count(1)

    def imei(self, tac: str) -> str:
        """15 digits: type allocation code, serial number, check digit."""
        return _luhn(f"{tac}9{self._tenant}{next(self._devices):04d}")

    def iccid(self, issuer: str) -> str:
        """19 digits: telecom, United States and issuer (7 digits), account, check digit."""
        return _luhn(f"{issuer}{self._tenant}{next(self._sims):010d}")

    def product(self) -> str:
        """A carrier's id of a line."""
        return f"PRD-{self._tenant}{next(self._products):06d}"

    def eid(self) -> str:
        """32 digits whose remainder by 97 is 1."""
        body = f"8904400088{self._tenant}{next(self._sims):019d}"
        return f"{body}{mod_97_10.calc_check_digits(body)}"


def fictional_phone_numbers(*area_codes: str) -> Iterator[str]:
    """In E.164 format, a hundred for each area code."""
    for area_code in area_codes:
        for line in range(_FICTIONAL_NUMBERS):
            yield f"+1{area_code}55501{line:02d}"


def _luhn(body: str) -> str:
    return f"{body}{luhn.calc_check_digit(body)}"
