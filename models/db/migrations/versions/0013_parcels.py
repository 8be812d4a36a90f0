"""The parcels of an item are rows, and an item has the time of its delivery."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0013_parcels"
down_revision = "0012_task_actions"
branch_labels = None
depends_on = None

_MOVE = """
INSERT INTO order_parcel (tenant, order_id, item_id, tracking_number, shipping_carrier, shipped_at, told)
SELECT tenant, order_id, id, upper(regexp_replace(tracking_number, '[^0-9A-Za-z]', '', 'g')), shipping_carrier,
    (told -> 'tracking_number' ->> 'at')::timestamptz,
    jsonb_strip_nulls(
        jsonb_build_object('shipped_at', told -> 'tracking_number', 'shipping_carrier', told -> 'shipping_carrier')
    )
FROM order_item WHERE tracking_number ~ '[0-9A-Za-z]' AND told ? 'tracking_number'
"""
_MOVE_BACK = """
UPDATE order_item SET tracking_number = parcel.tracking_number, shipping_carrier = parcel.shipping_carrier
FROM (
    SELECT DISTINCT ON (tenant, order_id, item_id) * FROM order_parcel ORDER BY tenant, order_id, item_id, shipped_at DESC
) AS parcel
WHERE (order_item.tenant, order_item.order_id, order_item.id) = (parcel.tenant, parcel.order_id, parcel.item_id)
"""


def upgrade() -> None:
    op.create_table(
        "order_parcel",
        sa.Column("tenant", AutoString(), primary_key=True),
        sa.Column("order_id", AutoString(), primary_key=True),
        sa.Column("item_id", AutoString(), primary_key=True),
        sa.Column("tracking_number", AutoString(), primary_key=True),
        sa.Column("shipping_carrier", AutoString()),
        sa.Column("shipped_at", UTCDateTime(), nullable=False),
        sa.Column("delivered_at", UTCDateTime()),
        sa.Column("told", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "order_id", "item_id"], ["order_item.tenant", "order_item.order_id", "order_item.id"]
        ),
    )
    op.execute(
        "CREATE INDEX order_parcel_tracking_number_form ON order_parcel (tenant, reference_form(tracking_number))"
    )
    op.execute(_MOVE)
    op.drop_index("order_item_tracking_number_form", "order_item")
    op.drop_column("order_item", "tracking_number")
    op.drop_column("order_item", "shipping_carrier")
    op.execute("UPDATE order_item SET told = told - 'tracking_number' - 'shipping_carrier'")
    op.add_column("order_item", sa.Column("delivered_at", UTCDateTime()))


def downgrade() -> None:
    op.drop_column("order_item", "delivered_at")
    op.add_column("order_item", sa.Column("shipping_carrier", AutoString()))
    op.add_column("order_item", sa.Column("tracking_number", AutoString()))
    op.execute(_MOVE_BACK)
    op.execute("CREATE INDEX order_item_tracking_number_form ON order_item (tenant, reference_form(tracking_number))")
    op.drop_table("order_parcel")
