"""What carriers reported is called so in columns, and in the data of tasks and events."""

from collections.abc import Iterable

from alembic import op

revision = "0022_reported"
down_revision = "0021_people_search"
branch_labels = None
depends_on = None

# Names in the data of events, and in the evidence of the tasks that they opened: the code of the event and of the kind
# of task, and the name before and since.
_NAMES = (
    ("late_report", "told_at", "reported_at"),
    ("late_correction", "told_at", "reported_at"),
    ("unreadable_value", "as_told", "reported_as"),
)


def upgrade() -> None:
    for table in ("order_item", "order_parcel"):
        op.alter_column(table, "told", new_column_name="reported")
    _rename(_NAMES)


def downgrade() -> None:
    _rename((code, since, before) for code, before, since in _NAMES)
    for table in ("order_item", "order_parcel"):
        op.alter_column(table, "reported", new_column_name="told")


def _rename(names: Iterable[tuple[str, str, str]]) -> None:
    """Rename in the data of events, which can't be changed otherwise, and in the evidence of tasks."""
    op.execute("ALTER TABLE order_event DISABLE TRIGGER order_event_append_only")
    for code, old, new in names:
        for table, column, kind in (("order_event", "data", "event"), ("task", "evidence", "kind")):
            op.execute(
                f"UPDATE {table} SET {column} = {column} - '{old}' || jsonb_build_object('{new}', {column} -> '{old}') "
                f"WHERE {kind} = '{code}' AND {column} ? '{old}'"
            )
    op.execute("ALTER TABLE order_event ENABLE TRIGGER order_event_append_only")
