"""Closed words are checked by the database, and an order's history is never rewritten."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WORDS = {
    ("order", "status"): (
        "DRAFT", "VALIDATING", "AWAITING_APPROVAL", "INFO_REQUESTED", "APPROVED", "SCHEDULED", "ON_HOLD",
        "SUBMITTING", "IN_FULFILMENT", "VENDOR_INFO_REQUIRED", "BACKORDERED", "SHIPPED",
        "AWAITING_ACTIVATION", "CANCEL_REQUESTED", "FAILED", "COMPLETED", "PARTIALLY_FULFILLED",
        "REJECTED", "WITHDRAWN", "CANCELLED", "EXPIRED", "VENDOR_REJECTED",
    ),
    ("order", "urgency"): ("emergency", "normal", "bulk"),
    ("order_item", "state"): (
        "pending", "reserved", "placed", "in_fulfilment", "info_required", "backordered", "shipped",
        "awaiting_activation", "cancelling", "done", "refused", "failed", "cancelled",
    ),
    ("order_event", "actor_kind"): ("person", "rule", "carrier", "system"),
    ("approval", "state"): ("pending", "approved", "rejected", "superseded", "expired"),
    ("approval_link", "state"): ("live", "used", "revoked"),
    ("line", "status"): (
        "pending", "active", "suspended", "porting_in", "porting_out", "transferring", "disconnected",
        "terminated", "void",
    ),
    ("device", "status"): (
        "in_stock", "unconfirmed", "active", "repair", "lost_stolen", "pending_return", "retired", "void",
    ),
    ("sim", "status"): ("in_stock", "active", "retired", "void"),
    ("product", "kind"): ("device", "plan", "feature", "accessory"),
    ("outbox", "kind"): ("start", "update", "signal"),
    ("outbox", "state"): ("waiting", "done", "refused", "dead"),
    ("notification", "state"): ("waiting", "sent", "skipped", "dead"),
}


def upgrade() -> None:
    for (table, column), words in WORDS.items():
        listed = ", ".join(f"'{word}'" for word in words)
        op.create_check_constraint(f"{table}_{column}_word", table, f"{column} IN ({listed})")
    op.execute(
        """
        CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER order_event_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON order_event
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER order_event_only_grows ON order_event")
    op.execute("DROP FUNCTION refuse_rewriting()")
    for table, column in WORDS:
        op.drop_constraint(f"{table}_{column}_word", table)
