from sqlalchemy import ColumnElement
from sqlmodel import col

from models.db.clauses import matches, optional
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.people.tables import PersonRow


def _has_id(person_id: str) -> ColumnElement[bool]:
    return col(PersonRow.id) == person_id


def test_filters_without_a_value_are_left_out() -> None:
    assert [str(clause) for clause in optional((None, _has_id), ((), _has_id), ("jordan", _has_id))] == [
        "person.id = :id_1"
    ]


def test_a_join_stays_within_a_tenant() -> None:
    assert str(matches(DeviceRow.id, LineRow.device_id)) == "device.tenant = line.tenant AND device.id = line.device_id"
