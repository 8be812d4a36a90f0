"""Accounts, cost centers and people of a sample tenant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from demo.company.departments import Department, Office
from demo.company.ids import IdKind, TenantIds
from demo.company.numbers import fictional_phone_numbers
from demo.company.staff import FIRST_NAMES, LAST_NAMES, PersonSpec
from demo.company.tenant_spec import TenantSpec
from models.db.accounts.tables import AccountRow, CarrierAccountRow, CostCenterRow
from models.db.people.tables import PersonRow
from models.db.sites.tables import SiteRow


@dataclass(frozen=True, kw_only=True)
class Organization:
    """`accounts`, `sites` and `carrier_accounts` are by department, those that have one or share one.

    `people`, and the number of `lines` of each, are by person key.
    """

    accounts: Mapping[str, AccountRow]
    cost_centers: tuple[CostCenterRow, ...]
    people: Mapping[str, PersonRow]
    lines: Mapping[str, int]
    sites: Mapping[str, tuple[SiteRow, ...]]
    carrier_accounts: Mapping[str, Mapping[str, CarrierAccountRow]]


def build_organization(spec: TenantSpec, ids: TenantIds) -> Organization:
    """The same spec always gives the same rows."""
    departments = {department.key: department for department in spec.departments}
    accounts = _accounts(spec, ids)
    phone_numbers = {key: fictional_phone_numbers(office.area_code) for key, office in spec.offices.items()}
    people: dict[str, PersonRow] = {}
    specs = tuple(_everyone(spec))
    for number, person in enumerate(specs, start=1):
        department = departments[person.department]
        people[person.key] = PersonRow(
            tenant=spec.tenant,
            id=ids.new(IdKind.PERSON),
            name=person.name,
            email=f"{person.name.replace(' ', '.').lower()}@{spec.email_domain}",
            employee_number=f"{spec.tenant[0].upper()}{1000 + number}",
            title=person.title,
            active=person.active,
            manager_id=people[person.manager].id if person.manager else None,
            account_id=accounts[person.department].id,
            cost_center=_cost_center(department),
            phone=next(phone_numbers[department.office]),
            roles=[role.value for role in person.roles],
            groups=list(person.groups),
            owns=[accounts[key].id for key in person.owns],
            address=_address(spec.offices[department.office]),
        )
    return Organization(
        accounts=accounts,
        cost_centers=tuple(_cost_centers(spec, people)),
        people=people,
        lines={person.key: person.lines for person in specs},
        sites={key: tuple(_sites(spec, departments[key], account, people, ids)) for key, account in accounts.items()},
        carrier_accounts=_carrier_accounts(spec, accounts),
    )


def _accounts(spec: TenantSpec, ids: TenantIds) -> dict[str, AccountRow]:
    accounts: dict[str, AccountRow] = {}
    for department in spec.departments:
        accounts[department.key] = AccountRow(
            tenant=spec.tenant,
            id=ids.new(IdKind.ACCOUNT),
            number=f"FA-{department.number}",
            name=department.name,
            kind="department" if department.parent else "company",
            parent_id=accounts[department.parent].id if department.parent else None,
            active=department.active,
        )
    return accounts


def _carrier_accounts(
    spec: TenantSpec, accounts: Mapping[str, AccountRow]
) -> dict[str, Mapping[str, CarrierAccountRow]]:
    """Those that each department uses, by carrier: its own, else those of its parent."""
    company = accounts["company"]
    used: dict[str, Mapping[str, CarrierAccountRow]] = {}
    for department in spec.departments:
        own = {
            one.carrier: CarrierAccountRow(
                tenant=spec.tenant,
                carrier=one.carrier,
                number=one.number,
                account_id=accounts[one.department].id,
                foundation=one.foundation,
                name_on_bill=company.name,
                billing_zip=spec.offices[department.office].postal_code,
                cycle_day=one.cycle_day,
                default_po=one.default_po,
                plan_changes_a_month=one.plan_changes_a_month,
                one_plan_change_a_cycle=one.one_plan_change_a_cycle,
            )
            for one in spec.carrier_accounts
            if one.department == department.key
        }
        used[department.key] = {**(used[department.parent] if department.parent else {}), **own}
    return used


def _cost_centers(spec: TenantSpec, people: Mapping[str, PersonRow]) -> Iterator[CostCenterRow]:
    for department in spec.departments:
        yield CostCenterRow(
            tenant=spec.tenant,
            code=_cost_center(department),
            name=department.name,
            owner_id=people[spec.budgets[department.key]].id,
            active=department.active,
        )


def _sites(
    spec: TenantSpec, department: Department, account: AccountRow, people: Mapping[str, PersonRow], ids: TenantIds
) -> Iterator[SiteRow]:
    for site in spec.sites:
        if site.department == department.key:
            yield SiteRow(
                tenant=spec.tenant,
                id=ids.new(IdKind.SITE),
                name=site.name,
                account_id=account.id,
                contact_id=people[site.contact].id,
                address=_address(spec.offices[department.office]),
            )


def _everyone(spec: TenantSpec) -> Iterator[PersonSpec]:
    """The people of the spec, then the generated staff; every fourth of these has a second line."""
    yield from spec.people
    names = zip(FIRST_NAMES.split(), LAST_NAMES.split(), strict=True)
    for department in spec.departments:
        for number in range(department.staff):
            first, last = next(names)
            yield PersonSpec(
                key=f"{first}.{last}".lower(),
                name=f"{first} {last}",
                title=department.titles[number % len(department.titles)],
                department=department.key,
                manager=spec.leads[department.key],
                lines=2 if number % 4 == 1 else 1,
            )


def _cost_center(department: Department) -> str:
    return f"CC-{department.number}"


def _address(office: Office) -> dict[str, str]:
    names = ("line1", "city", "state", "postal_code")
    return {**{name: getattr(office, name) for name in names}, "country": "US"}
