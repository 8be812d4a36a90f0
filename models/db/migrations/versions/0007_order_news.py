"""Every entry of an order's history is told to those who listen, at commit, without a statement of its own."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION tell_order_event() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('order_event', NEW.tenant || ' ' || NEW.order_id || ' ' || NEW.seq);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER order_event_is_told AFTER INSERT ON order_event
        FOR EACH ROW EXECUTE FUNCTION tell_order_event()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER order_event_is_told ON order_event")
    op.execute("DROP FUNCTION tell_order_event()")
