"""Accounts, cost centers and people of a sample tenant, drawn from its charter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from demo.company.departments import Department, Office
from demo.company.ids import Ids, Kind
from demo.company.numbers import telephones
from demo.company.staff import FIRST_NAMES, LAST_NAMES, Position
from demo.company.tenant_spec import Charter
from models.db.accounts.tables import AccountRow, CostCenterRow
from models.db.people.tables import PersonRow


@dataclass(frozen=True, kw_only=True)
class Roster:
    """A tenant's accounts by department and people by key; `lines` says how many lines each person has."""

    accounts: Mapping[str, AccountRow]
    cost_centers: tuple[CostCenterRow, ...]
    people: Mapping[str, PersonRow]
    lines: Mapping[str, int]


def draw(charter: Charter, ids: Ids) -> Roster:
    """Draw the roster; the same charter always gives the same."""
    departments = {one.key: one for one in charter.departments}
    accounts = _accounts(charter, ids)
    people: dict[str, PersonRow] = {}
    positions = tuple(_everybody(charter))
    desks = {key: telephones(office.area_code) for key, office in charter.offices.items()}
    for number, position in enumerate(positions, start=1):
        department = departments[position.department]
        row = _person(charter, position, department, number)
        row.id = ids.draw(Kind.PERSON)
        row.phone = next(desks[department.office])
        row.account_id = accounts[position.department].id
        row.manager_id = people[position.manager].id if position.manager else None
        row.owns = [accounts[key].id for key in position.owns]
        people[position.key] = row
    return Roster(
        accounts=accounts,
        cost_centers=tuple(_cost_centers(charter, people)),
        people=people,
        lines={position.key: position.lines for position in positions},
    )


def _accounts(charter: Charter, ids: Ids) -> dict[str, AccountRow]:
    accounts: dict[str, AccountRow] = {}
    for department in charter.departments:
        accounts[department.key] = AccountRow(
            tenant=charter.tenant,
            id=ids.draw(Kind.ACCOUNT),
            number=f"FA-{department.number}",
            name=department.name,
            kind="department" if department.parent else "company",
            parent_id=accounts[department.parent].id if department.parent else None,
            active=department.active,
        )
    return accounts


def _cost_centers(charter: Charter, people: Mapping[str, PersonRow]) -> Iterator[CostCenterRow]:
    for department in charter.departments:
        yield CostCenterRow(
            tenant=charter.tenant,
            code=_cost_center(department),
            name=department.name,
            owner_id=people[charter.budgets[department.key]].id,
            active=department.active,
        )


def _everybody(charter: Charter) -> Iterator[Position]:
    """Those with a part first, then the staff of each department; every fourth of these has a second line."""
    yield from charter.positions
    names = zip(FIRST_NAMES.split(), LAST_NAMES.split(), strict=True)
    for department in charter.departments:
        for number in range(department.staff):
            first, last = next(names)
            yield Position(
                key=f"{first}.{last}".lower(),
                name=f"{first} {last}",
                title=department.titles[number % len(department.titles)],
                department=department.key,
                manager=charter.leads[department.key],
                lines=2 if number % 4 == 1 else 1,
            )


def _person(charter: Charter, position: Position, department: Department, number: int) -> PersonRow:
    return PersonRow(
        tenant=charter.tenant,
        id="",
        name=position.name,
        email=f"{position.name.replace(' ', '.').lower()}@{charter.domain}",
        employee_number=f"{charter.tenant[0].upper()}{1000 + number}",
        title=position.title,
        active=position.active,
        cost_center=_cost_center(department),
        roles=[role.value for role in position.roles],
        groups=list(position.groups),
        address=_address(charter.offices[department.office]),
    )


def _cost_center(department: Department) -> str:
    return f"CC-{department.number}"


def _address(office: Office) -> dict[str, str]:
    names = ("line1", "city", "state", "postal_code")
    return {**{name: getattr(office, name) for name in names}, "country": "US"}
