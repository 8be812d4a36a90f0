"""Timers are of lines, not only of suspensions."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0027_line_timers"
down_revision = "0026_locks"
branch_labels = None
depends_on = None

_BEFORE, _NOW = "suspension_timer", "line_timer"
# The codes of words, which grow without a migration.
_CODES = {
    "kind": ("suspension",),
    "ends_by": ("resume", "reconnect", "disconnect"),
    "limit_by": ("reconnect", "disconnect"),
    "outcome": ("resumed", "reconnected", "disconnected", "stopped"),
}


def upgrade() -> None:
    for column in _CODES:
        op.drop_constraint(f"{_BEFORE}_{column}_allowed", _BEFORE, type_="check")
    _rename(_BEFORE, _NOW)
    op.alter_column(_NOW, "reason", nullable=True)
    op.add_column(_NOW, sa.Column("ended_by", AutoString(length=26), nullable=True))


def downgrade() -> None:
    op.drop_column(_NOW, "ended_by")
    op.execute(f"DELETE FROM {_NOW} WHERE kind <> 'suspension'")  # noqa: S608 - a name of this file
    op.execute(f"UPDATE {_NOW} SET outcome = 'stopped' WHERE outcome = 'resumed_by_order'")  # noqa: S608 - likewise
    op.alter_column(_NOW, "reason", nullable=False)
    _rename(_NOW, _BEFORE)
    for column, values in _CODES.items():
        listed = ", ".join(f"'{value}'" for value in values)
        op.create_check_constraint(f"{_BEFORE}_{column}_allowed", _BEFORE, f"{column} IN ({listed})")


def _rename(before: str, now: str) -> None:
    op.rename_table(before, now)
    for index in ("pkey", "running", "line", "order"):
        op.execute(f"ALTER INDEX {before}_{index} RENAME TO {now}_{index}")
    for constraint in ("state_allowed", "tenant_line_id_fkey", "tenant_order_id_fkey"):
        op.execute(f"ALTER TABLE {now} RENAME CONSTRAINT {before}_{constraint} TO {now}_{constraint}")
