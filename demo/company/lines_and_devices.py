"""Lines, devices and SIMs of a sample tenant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from random import Random

from demo.company.ids import IdKind, TenantIds
from demo.company.numbers import TenantNumbers, fictional_phone_numbers
from demo.company.people import Organization
from demo.company.products import BLUEPEAK, DEFAULT_PLANS, NORTHWIND, SIM_ISSUERS, SampleProduct
from demo.company.tenant_spec import TenantSpec
from models.dates import months_after
from models.db.accounts.tables import AccountRow, CarrierAccountRow
from models.db.inventory.tables import DeviceRow, LineRow, SimRow
from models.holder import NOBODY, Holder
from models.inventory import DeviceStatus, LineStatus, SimStatus
from models.product import ProductKind
from models.suspension_reason import REASONS, STOLEN

_FIRST_ACTIVATION, _DAYS = date(2023, 2, 1), 1300
_UPGRADE_MONTHS = 24
_CONTRACT_ENDS, _FEW_LINES = date(2028, 6, 30), 10
_SHARED_PLANS = ("NW-POOL-5", "NW-POOL-5", "NW-POOL-5", "NW-SHARE-50", "NW-SHARE-LINE", "NW-SHARE-LINE")
_CARDS_IN_STOCK = 5
_BLOCK_LISTED_AT = datetime(2026, 1, 5, 14, tzinfo=UTC)
_BLUEPEAK_DEPARTMENTS = frozenset({"fleet", "warehousing"})
_LINE_STATUSES = (LineStatus.ACTIVE,) * 18 + (LineStatus.SUSPENDED, LineStatus.TERMINATED)
_STOCK_STATUSES = (DeviceStatus.IN_STOCK,) * 7 + (
    DeviceStatus.REPAIR,
    DeviceStatus.LOST_STOLEN,
    DeviceStatus.PENDING_RETURN,
    DeviceStatus.IN_STOCK,
    DeviceStatus.RETIRED,
)


@dataclass
class InventoryBuilder:
    spec: TenantSpec
    ids: TenantIds
    random: Random = field(default_factory=lambda: Random(1958))  # noqa: S311 - the same every time
    lines: list[LineRow] = field(default_factory=list)
    devices: list[DeviceRow] = field(default_factory=list)
    sims: list[SimRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = TenantNumbers(self.spec.number)
        self._phone_numbers = fictional_phone_numbers(*self.spec.area_codes)

    def add_device(
        self, product: SampleProduct, status: DeviceStatus, account: AccountRow, holder: Holder = NOBODY
    ) -> DeviceRow:
        tac = product.attributes["tac"]
        row = DeviceRow(
            tenant=self.spec.tenant,
            id=self.ids.new(IdKind.DEVICE),
            sku=product.sku,
            status=status,
            account_id=account.id,
            person_id=holder.person_id,
            site_id=holder.site_id,
            imei=self._numbers.imei(tac),
            # A phone with an eSIM has a SIM slot as well, and an IMEI for each.
            imei2=self._numbers.imei(tac) if "eSIM" in product.attributes["sim_types"] else None,
        )
        self.devices.append(row)
        return row

    def add_sim(self, carrier: str, kind: str, status: SimStatus) -> SimRow:
        row = SimRow(
            tenant=self.spec.tenant,
            id=self.ids.new(IdKind.SIM),
            carrier=carrier,
            status=status,
            kind=kind,
            iccid=self._numbers.iccid(SIM_ISSUERS[carrier][0]),
            eid=self._numbers.eid() if kind == "eSIM" else None,
        )
        self.sims.append(row)
        return row

    def add_line(
        self,
        product: SampleProduct,
        account: AccountRow,
        holder: Holder,
        cost_center: str,
        carrier_accounts: Mapping[str, CarrierAccountRow],
        *,
        status: LineStatus,
    ) -> LineRow:
        """Add a line with its device and SIM; a terminated line has neither, and no holder."""
        in_use = status is not LineStatus.TERMINATED
        activated = _FIRST_ACTIVATION + timedelta(days=self.random.randrange(_DAYS))
        carrier, sim_type = product.carrier or NORTHWIND, product.attributes["sim_types"][0]
        row = LineRow(
            tenant=self.spec.tenant,
            id=self.ids.new(IdKind.LINE),
            carrier=carrier,
            carrier_account=carrier_accounts[carrier].number,
            carrier_product_id=self._numbers.product(),
            status=status,
            account_id=account.id,
            person_id=holder.person_id if in_use else None,
            site_id=holder.site_id if in_use else None,
            plan=product.attributes.get("default_plan", DEFAULT_PLANS[carrier]),
            mdn=next(self._phone_numbers),
            device_id=self.add_device(product, DeviceStatus.ACTIVE, account, holder).id if in_use else None,
            sim_id=self.add_sim(carrier, sim_type, SimStatus.ACTIVE).id if in_use else None,
            cost_center=cost_center,
            activated_on=activated,
            upgrade_on=months_after(activated, _UPGRADE_MONTHS),
        )
        self.lines.append(row)
        return row


def build_inventory(spec: TenantSpec, organization: Organization, ids: TenantIds, today: date) -> InventoryBuilder:
    """The same spec always gives the same rows on one day. Accounts get their critical numbers."""
    inventory = InventoryBuilder(spec, ids)
    accounts = {account.id: (key, account) for key, account in organization.accounts.items()}
    for key, person in organization.people.items():
        department, account = accounts[person.account_id or ""]
        for product in _devices_of(spec, department, organization.lines[key], inventory.random):
            holder, billed_to = Holder.of(person_id=person.id), organization.carrier_accounts[department]
            status = inventory.random.choice(_LINE_STATUSES)
            inventory.add_line(product, account, holder, person.cost_center or "", billed_to, status=status)
    for department, size in spec.pools.items():
        account, billed_to = organization.accounts[department], organization.carrier_accounts[department]
        sites = (Holder.of(site_id=site.id) for site in organization.sites[department])
        for product in [inventory.random.choice(_products(spec, BLUEPEAK, "hotspot", "phone")) for _ in range(size)]:
            status = inventory.random.choice(_LINE_STATUSES)
            inventory.add_line(product, account, next(sites, NOBODY), _cost_center(account), billed_to, status=status)
    for kept_as in islice(cycle(_STOCK_STATUSES), spec.stock):
        product = inventory.random.choice(_products(spec, NORTHWIND, "phone", "tablet"))
        inventory.add_device(product, kept_as, organization.accounts["company"])
    _hold_at_carrier(inventory.lines)
    _share_data(inventory.lines)
    _say_why_suspended(inventory)
    for carrier in (NORTHWIND, BLUEPEAK):
        for _ in range(_CARDS_IN_STOCK):
            inventory.add_sim(carrier, "pSIM", SimStatus.IN_STOCK)
    for department, days_ago in spec.disconnected.items():
        _disconnect(inventory, organization, department, [today - timedelta(days=days) for days in days_ago])
    for department in spec.critical:
        site_ids = {site.id for site in organization.sites[department][:1]}
        numbers = [line.mdn for line in inventory.lines if line.site_id in site_ids and line.mdn]
        organization.accounts[department].critical_numbers = numbers
    return inventory


def _cost_center(account: AccountRow) -> str:
    return f"CC-{account.number.removeprefix('FA-')}"


def _disconnect(inventory: InventoryBuilder, organization: Organization, department: str, days: Sequence[date]) -> None:
    """Add lines that ended on these days. Their devices went elsewhere; their SIMs can be used again."""
    account, billed_to = organization.accounts[department], organization.carrier_accounts[department]
    product = _products(inventory.spec, BLUEPEAK, "phone")[0]
    for day in days:
        line = inventory.add_line(
            product, account, NOBODY, _cost_center(account), billed_to, status=LineStatus.TERMINATED
        )
        line.status, line.disconnected_on = LineStatus.DISCONNECTED, day
        line.sim_id = inventory.add_sim(line.carrier, product.attributes["sim_types"][0], SimStatus.RETIRED).id


def _hold_at_carrier(lines: Sequence[LineRow]) -> None:
    """Put the last line in use in a contract, lock the number of the one before, and protect the SIM of a third."""
    in_use = [line for line in lines if line.status == LineStatus.ACTIVE and line.site_id is None]
    if len(in_use) > _FEW_LINES:
        protected, locked, in_contract = in_use[-3:]
        protected.sim_protected = locked.number_locked = True
        in_contract.contract_until = _CONTRACT_ENDS


def _share_data(lines: Sequence[LineRow]) -> None:
    """Make the last phones but three a pool, and give the last three the data of one of them."""
    usual = DEFAULT_PLANS[NORTHWIND]
    phones = [line for line in lines if line.status == LineStatus.ACTIVE and line.person_id and line.plan == usual]
    if len(phones) > _FEW_LINES:
        for line, plan in zip(phones[-len(_SHARED_PLANS) :], _SHARED_PLANS, strict=True):
            line.plan = plan


def _say_why_suspended(inventory: InventoryBuilder) -> None:
    """One reason after the other, so that the company has lines for each. Carriers block the first stolen phone."""
    suspended = [line for line in inventory.lines if line.status == LineStatus.SUSPENDED]
    for line, reason in zip(suspended, cycle(REASONS)):
        line.suspended_for = reason.code
    stolen = [line.device_id for line in suspended if line.suspended_for == STOLEN.code]
    for device in inventory.devices:
        if device.id in stolen[:1]:
            device.status, device.block_listed_at = DeviceStatus.LOST_STOLEN, _BLOCK_LISTED_AT


def _devices_of(spec: TenantSpec, department: str, lines: int, random: Random) -> Iterator[SampleProduct]:
    """A phone for the first line and a tablet for the second."""
    carrier = BLUEPEAK if department in _BLUEPEAK_DEPARTMENTS else NORTHWIND
    for form in ("phone", "tablet")[:lines]:
        yield random.choice(_products(spec, carrier, form))


def _products(spec: TenantSpec, carrier: str, *forms: str) -> list[SampleProduct]:
    return [
        product
        for product in spec.catalog
        if product.kind is ProductKind.DEVICE
        and product.carrier == carrier
        and product.attributes["form"] in forms
        and product.active
        and not product.groups
    ]
