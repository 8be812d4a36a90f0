"""How amounts and dates are written for people."""

from datetime import date
from decimal import Decimal

_SYMBOLS = {"USD": "$"}


def money(amount: Decimal, currency: str) -> str:
    """`$1,029.00`; a currency without a known symbol is named: `1,029.00 CAD`."""
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{amount:,.2f}" if symbol else f"{amount:,.2f} {currency}"


def day(on: date) -> str:
    """`Fri, Dec 4, 2026`."""
    return f"{on:%a, %b} {on.day}, {on.year}"
