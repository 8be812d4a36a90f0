"""The sample companies, each a folder of files in the format of imports."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).parent
_DAYS_AGO = re.compile(r"(\d+) days ago")


@dataclass(frozen=True, kw_only=True)
class Company:
    """`number` keeps its ids distinct from those of the others."""

    tenant: str
    name: str
    number: int

    def file(self, kind: str, today: date) -> str | None:
        """The file of an import kind, if the company has one, with dates for `5 days ago`."""
        path = _FOLDER / self.tenant / f"{kind}.csv"
        if not path.exists():
            return None
        return _DAYS_AGO.sub(lambda found: (today - timedelta(days=int(found[1]))).isoformat(), path.read_text())

    def people(self) -> Iterator[Mapping[str, str]]:
        """The cells of its file of people by column, row by row."""
        with (_FOLDER / self.tenant / "people.csv").open() as file:
            next(file)
            yield from map(MappingProxyType, csv.DictReader(file))


ACME = Company(tenant="acme", name="Acme Logistics", number=1)
GLOBEX = Company(tenant="globex", name="Globex Freight", number=2)
COMPANIES = (ACME, GLOBEX)
