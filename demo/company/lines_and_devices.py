"""Lines, devices and SIMs of a sample tenant: what its people hold, what vehicles carry, what lies in stock."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle
from random import Random

from demo.company.ids import Ids, Kind
from demo.company.numbers import Numbers, telephones
from demo.company.people import Roster
from demo.company.products import BLUEPEAK, DEFAULT_PLANS, NORTHWIND, Offer
from demo.company.tenant_spec import Charter
from models.db.accounts.tables import AccountRow
from models.db.inventory.tables import DeviceRow, LineRow, SimRow
from models.db.people.tables import PersonRow
from models.facts import ProductKind
from models.inventory import DeviceStatus, LineStatus, SimStatus, months_after

_FIRST_ACTIVATION, _DAYS = date(2023, 2, 1), 1300
_UPGRADE_MONTHS = 24
_IN_THE_FIELD = frozenset({"fleet", "warehousing"})
_LINE_STATUSES = (LineStatus.ACTIVE,) * 18 + (LineStatus.SUSPENDED, LineStatus.TERMINATED)
_STOCK_STATUSES = (DeviceStatus.IN_STOCK,) * 7 + (
    DeviceStatus.REPAIR,
    DeviceStatus.LOST_STOLEN,
    DeviceStatus.PENDING_RETURN,
    DeviceStatus.IN_STOCK,
    DeviceStatus.RETIRED,
)


@dataclass
class Holdings:
    """What was drawn so far."""

    charter: Charter
    ids: Ids
    random: Random = field(default_factory=lambda: Random(1958))  # noqa: S311 - the same every time
    lines: list[LineRow] = field(default_factory=list)
    devices: list[DeviceRow] = field(default_factory=list)
    sims: list[SimRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = Numbers(self.charter.number)
        self._telephones = telephones(*self.charter.area_codes)

    def device(
        self, offer: Offer, status: DeviceStatus, account: AccountRow, person: PersonRow | None = None
    ) -> DeviceRow:
        """Add one device; with an eSIM there is a slot too, so two identities."""
        tac = offer.attributes["tac"]
        row = DeviceRow(
            tenant=self.charter.tenant,
            id=self.ids.draw(Kind.DEVICE),
            sku=offer.sku,
            status=status,
            account_id=account.id,
            person_id=person.id if person else None,
            imei=self._numbers.imei(tac),
            imei2=self._numbers.imei(tac) if "eSIM" in offer.attributes["sim_types"] else None,
        )
        self.devices.append(row)
        return row

    def sim(self, offer: Offer) -> SimRow:
        """Add the SIM that goes with a device."""
        kind = offer.attributes["sim_types"][0]
        row = SimRow(
            tenant=self.charter.tenant,
            id=self.ids.draw(Kind.SIM),
            carrier=offer.carrier or NORTHWIND,
            status=SimStatus.ACTIVE,
            kind=kind,
            iccid=self._numbers.iccid(),
            eid=self._numbers.eid() if kind == "eSIM" else None,
        )
        self.sims.append(row)
        return row

    def line(self, offer: Offer, account: AccountRow, person: PersonRow | None, cost_center: str) -> None:
        """Add a line with its device and SIM; a terminated one has neither, and nobody holds it."""
        status = self.random.choice(_LINE_STATUSES)
        alive = status is not LineStatus.TERMINATED
        since = _FIRST_ACTIVATION + timedelta(days=self.random.randrange(_DAYS))
        self.lines.append(
            LineRow(
                tenant=self.charter.tenant,
                id=self.ids.draw(Kind.LINE),
                carrier=offer.carrier or NORTHWIND,
                status=status,
                account_id=account.id,
                person_id=person.id if person and alive else None,
                plan=offer.attributes.get("default_plan", DEFAULT_PLANS[offer.carrier or NORTHWIND]),
                mdn=next(self._telephones),
                device_id=self.device(offer, DeviceStatus.ACTIVE, account, person).id if alive else None,
                sim_id=self.sim(offer).id if alive else None,
                cost_center=cost_center,
                activated_on=since,
                upgrade_on=months_after(since, _UPGRADE_MONTHS),
            )
        )


def draw(charter: Charter, roster: Roster, ids: Ids) -> Holdings:
    """Draw the holdings; the same charter always gives the same."""
    holdings = Holdings(charter, ids)
    accounts = {account.id: (key, account) for key, account in roster.accounts.items()}
    for key, person in roster.people.items():
        department, account = accounts[person.account_id or ""]
        for offer in _carried(charter, department, roster.lines[key], holdings.random):
            holdings.line(offer, account, person, person.cost_center or "")
    for department, size in charter.pools.items():
        account = roster.accounts[department]
        for offer in [holdings.random.choice(_offers(charter, BLUEPEAK, "hotspot", "phone")) for _ in range(size)]:
            holdings.line(offer, account, None, f"CC-{account.number.removeprefix('FA-')}")
    stock = zip(range(charter.stock), cycle(_STOCK_STATUSES), strict=False)
    for _, status in stock:
        offer = holdings.random.choice(_offers(charter, NORTHWIND, "phone", "tablet"))
        holdings.device(offer, status, roster.accounts["company"])
    return holdings


def _carried(charter: Charter, department: str, lines: int, random: Random) -> Iterator[Offer]:
    """A phone, and for those with a second line a tablet."""
    carrier = BLUEPEAK if department in _IN_THE_FIELD else NORTHWIND
    for form in ("phone", "tablet")[:lines]:
        yield random.choice(_offers(charter, carrier, form))


def _offers(charter: Charter, carrier: str, *forms: str) -> list[Offer]:
    return [
        offer
        for offer in charter.catalog
        if offer.kind is ProductKind.DEVICE
        and offer.carrier == carrier
        and offer.attributes["form"] in forms
        and offer.active
        and not offer.groups
    ]
