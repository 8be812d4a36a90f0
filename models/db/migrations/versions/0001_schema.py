"""The schema, one function per aggregate."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0001_schema"
down_revision = None
branch_labels = None
depends_on = None

# The allowed values of columns, by table and column.
ALLOWED_VALUES = {
    ("order", "status"): (
        "DRAFT",
        "VALIDATING",
        "AWAITING_APPROVAL",
        "INFO_REQUESTED",
        "APPROVED",
        "SCHEDULED",
        "ON_HOLD",
        "SUBMITTING",
        "IN_FULFILLMENT",
        "VENDOR_INFO_REQUIRED",
        "BACKORDERED",
        "SHIPPED",
        "AWAITING_ACTIVATION",
        "CANCEL_REQUESTED",
        "FAILED",
        "COMPLETED",
        "PARTIALLY_FULFILLED",
        "REJECTED",
        "WITHDRAWN",
        "CANCELED",
        "EXPIRED",
        "VENDOR_REJECTED",
    ),
    ("order", "urgency"): ("emergency", "normal", "bulk"),
    ("order_item", "state"): (
        "pending",
        "reserved",
        "placed",
        "in_fulfillment",
        "info_required",
        "backordered",
        "shipped",
        "awaiting_activation",
        "canceling",
        "done",
        "partly_done",
        "declined",
        "failed",
        "canceled",
        "refused",
        "returned",
    ),
    ("order_event", "actor_kind"): ("person", "rule", "carrier", "system"),
    ("approval", "state"): ("pending", "approved", "rejected", "superseded", "expired"),
    ("approval_link", "state"): ("live", "used", "revoked"),
    ("line", "status"): (
        "pending",
        "active",
        "suspended",
        "porting_in",
        "porting_out",
        "transferring",
        "disconnected",
        "terminated",
        "void",
    ),
    ("device", "status"): (
        "in_stock",
        "unconfirmed",
        "active",
        "repair",
        "lost_stolen",
        "pending_return",
        "retired",
        "void",
    ),
    ("sim", "status"): ("in_stock", "active", "retired", "void"),
    ("suspension_timer", "kind"): ("suspension",),
    ("suspension_timer", "state"): ("running", "ended"),
    ("suspension_timer", "ends_by"): ("resume", "reconnect", "disconnect"),
    ("suspension_timer", "limit_by"): ("reconnect", "disconnect"),
    ("suspension_timer", "outcome"): ("resumed", "reconnected", "disconnected", "stopped"),
    ("product", "kind"): ("device", "plan", "feature", "accessory"),
    ("outbox", "kind"): ("start", "update", "signal"),
    ("outbox", "state"): ("waiting", "done", "rejected", "dead"),
    ("notification", "state"): ("waiting", "sent", "skipped", "dead"),
    ("account_email", "state"): ("waiting", "sent", "skipped", "dead"),
    ("workflow_health", "state"): (
        "healthy",
        "missing",
        "terminated",
        "failed",
        "timed_out",
        "canceled",
        "completed",
    ),
}
# In order of creation.
TABLES = (
    "tenant",
    "account",
    "cost_center",
    "person",
    "attempt_limit",
    "access_token",
    "login",
    "password_reset",
    "portal_session",
    "recovery_code",
    "sign_in_link",
    "audit_event",
    "policy",
    "product",
    "price",
    "announcement",
    "announcement_dismissal",
    "idempotency_key",
    "draft",
    "order",
    "order_event",
    "order_item",
    "approval",
    "approval_link",
    "sim",
    "device",
    "inventory_change",
    "line",
    "line_lock",
    "suspension_timer",
    "carrier_event",
    "carrier_order",
    "outbox",
    "account_email",
    "notification",
    "recovery_action",
    "workflow_health",
)
APPEND_ONLY = ("order_event", "recovery_action", "audit_event")


def upgrade() -> None:
    _tenants()
    _accounts()
    _people()
    _sign_in()
    _audit()
    _catalog()
    _announcements()
    _orders()
    _approvals()
    _inventory()
    _carriers()
    _outbox()
    _notifications()
    _workflow_health()
    _allowed_values()
    _append_only_tables()
    _event_notifications()


def _tenants() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", AutoString(length=32), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("disabled_emails", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("number", AutoString(length=32), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("segment", AutoString(), nullable=False),
        sa.Column("parent_id", AutoString()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "parent_id"], ["account.tenant", "account.id"]),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("account_number", "account", ["tenant", "number"], unique=True)
    op.create_table(
        "cost_center",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("code", AutoString(length=32), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("owner_id", AutoString()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "code"),
    )


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("email", AutoString(), nullable=False),
        sa.Column("employee_number", AutoString(), nullable=False),
        sa.Column("title", AutoString(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("manager_id", AutoString()),
        sa.Column("account_id", AutoString()),
        sa.Column("cost_center", AutoString()),
        sa.Column("phone", AutoString()),
        sa.Column("roles", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("groups", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("owns", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("address", postgresql.JSONB()),
        sa.ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        sa.ForeignKeyConstraint(["tenant", "manager_id"], ["person.tenant", "person.id"]),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("person_email", "person", ["tenant", "email"], unique=True)
    op.create_index("person_manager", "person", ["tenant", "manager_id"])


def _sign_in() -> None:
    op.create_table(
        "attempt_limit",
        sa.Column("key", AutoString(length=80), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("blocked_until", UTCDateTime()),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "access_token",
        sa.Column("digest", AutoString(length=64), nullable=False),
        sa.Column("id", AutoString(length=32), nullable=False),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("prefix", AutoString(length=16), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("created_by", AutoString()),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("last_used_at", UTCDateTime()),
        sa.Column("revoked_at", UTCDateTime()),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("access_token_person", "access_token", ["tenant", "person_id"])
    op.create_table(
        "login",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("person_id", AutoString(length=26), nullable=False),
        sa.Column("user_name", AutoString(length=254), nullable=False),
        sa.Column("password_hash", AutoString()),
        sa.Column("password_at", UTCDateTime()),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("factor", sa.LargeBinary()),
        sa.Column("factor_at", UTCDateTime()),
        sa.Column("factor_offered", sa.LargeBinary()),
        sa.Column("last_step", sa.Integer()),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("tenant", "person_id"),
    )
    op.create_index("login_user_name", "login", ["user_name"], unique=True)
    op.create_table(
        "password_reset",
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime()),
        sa.Column("revoked_at", UTCDateTime()),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("password_reset_person", "password_reset", ["tenant", "person_id"])
    op.create_table(
        "portal_session",
        sa.Column("digest", AutoString(length=64), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("stepped_up_at", UTCDateTime()),
        sa.Column("revoked_at", UTCDateTime()),
        sa.Column("address", AutoString(), nullable=False),
        sa.Column("device", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("portal_session_person", "portal_session", ["tenant", "person_id"])
    op.create_table(
        "recovery_code",
        sa.Column("digest", AutoString(length=64), nullable=False),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("used_at", UTCDateTime()),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("recovery_code_person", "recovery_code", ["tenant", "person_id"])
    op.create_table(
        "sign_in_link",
        sa.Column("digest", AutoString(length=64), nullable=False),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime()),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("digest"),
    )


def _audit() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("action", AutoString(length=40), nullable=False),
        sa.Column("actor_id", AutoString()),
        sa.Column("actor_name", AutoString(), nullable=False),
        sa.Column("subject_id", AutoString()),
        sa.Column("subject_name", AutoString(), nullable=False),
        sa.Column("channel", AutoString(), nullable=False),
        sa.Column("address", AutoString(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_event_subject", "audit_event", ["tenant", "subject_id", "id"])
    op.create_index("audit_event_tenant", "audit_event", ["tenant", "id"])


def _catalog() -> None:
    op.create_table(
        "policy",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("created_by", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "version"),
    )
    op.create_table(
        "product",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("sku", AutoString(length=64), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("carrier", AutoString()),
        sa.Column("one_time", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("monthly", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("currency", AutoString(length=3), nullable=False),
        sa.Column("fits", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("groups", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("in_policy", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "sku"),
    )
    op.create_table(
        "price",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("account_id", AutoString(), nullable=False),
        sa.Column("sku", AutoString(), nullable=False),
        sa.Column("one_time", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("monthly", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        sa.ForeignKeyConstraint(["tenant", "sku"], ["product.tenant", "product.sku"]),
        sa.PrimaryKeyConstraint("tenant", "account_id", "sku"),
    )


def _announcements() -> None:
    op.create_table(
        "announcement",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("title", AutoString(length=120), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("posted_at", UTCDateTime(), nullable=False),
        sa.Column("posted_by", AutoString(), nullable=False),
        sa.Column("ends_at", UTCDateTime()),
        sa.Column("removed_at", UTCDateTime()),
        sa.ForeignKeyConstraint(["tenant", "posted_by"], ["person.tenant", "person.id"]),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("announcement_posted", "announcement", ["tenant", "posted_at"])
    op.create_table(
        "announcement_dismissal",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("announcement_id", AutoString(), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "announcement_id"], ["announcement.tenant", "announcement.id"]),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("tenant", "announcement_id", "person_id"),
    )


def _orders() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("key", AutoString(length=255), nullable=False),
        sa.Column("body_hash", AutoString(length=64), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person_id", "key"),
    )
    op.create_table(
        "draft",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("type_code", AutoString(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("draft_person_type", "draft", ["tenant", "person_id", "type_code"], unique=True)
    op.create_table(
        "order",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("number", AutoString(length=16), nullable=False),
        sa.Column("external_number", AutoString(length=64)),
        sa.Column("type_code", AutoString(), nullable=False),
        sa.Column("family", AutoString(), nullable=False),
        sa.Column("type", postgresql.JSONB(), nullable=False),
        sa.Column("title", AutoString(), nullable=False),
        sa.Column("status", AutoString(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("due_at", UTCDateTime()),
        sa.Column("requester_id", AutoString(), nullable=False),
        sa.Column("beneficiary_id", AutoString(), nullable=False),
        sa.Column("account_id", AutoString(), nullable=False),
        sa.Column("carrier", AutoString()),
        sa.Column("urgency", AutoString(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("contact", postgresql.JSONB(), nullable=False),
        sa.Column("reason", AutoString()),
        sa.Column("instructions", AutoString()),
        sa.Column("cost_center_one_time", AutoString()),
        sa.Column("cost_center_recurring", AutoString()),
        sa.Column("po_number", AutoString()),
        sa.Column("watchers", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("one_time", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("monthly", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("monthly_before", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("term_total", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("currency", AutoString(length=3), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("ruling", postgresql.JSONB()),
        sa.Column("flags", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("effective_at", UTCDateTime()),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime()),
        sa.ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        sa.ForeignKeyConstraint(["tenant", "beneficiary_id"], ["person.tenant", "person.id"]),
        sa.ForeignKeyConstraint(["tenant", "requester_id"], ["person.tenant", "person.id"]),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("order_account", "order", ["tenant", "account_id", "id"])
    op.create_index("order_beneficiary", "order", ["tenant", "beneficiary_id", "id"])
    op.create_index("order_number", "order", ["tenant", "number"], unique=True)
    op.create_index("order_open", "order", ["status"], postgresql_where=sa.text("closed_at IS NULL"))
    op.create_index("order_requester", "order", ["tenant", "requester_id", "id"])
    op.create_index("order_status", "order", ["tenant", "status", "id"])
    op.create_table(
        "order_event",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("event", AutoString(), nullable=False),
        sa.Column("status", AutoString(), nullable=False),
        sa.Column("actor_kind", AutoString(), nullable=False),
        sa.Column("actor_id", AutoString(), nullable=False),
        sa.Column("actor_name", AutoString(), nullable=False),
        sa.Column("channel", AutoString(), nullable=False),
        sa.Column("on_behalf_of", AutoString()),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "order_id", "seq"),
    )
    op.create_index(
        "order_event_notified",
        "order_event",
        [sa.text("(data -> 'notified')")],
        postgresql_using="gin",
        postgresql_where=sa.text("event = 'holder_notified'"),
    )
    op.create_table(
        "order_item",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("line_id", AutoString()),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("variant", postgresql.JSONB()),
        sa.Column("one_time", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("monthly", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("monthly_before", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("mdn", AutoString()),
        sa.Column("imei", AutoString()),
        sa.Column("imei2", AutoString()),
        sa.Column("iccid", AutoString()),
        sa.Column("eid", AutoString()),
        sa.Column("tracking_number", AutoString()),
        sa.Column("shipping_carrier", AutoString()),
        sa.Column("reported_at", UTCDateTime()),
        sa.Column("expected_at", UTCDateTime()),
        sa.Column("detail", AutoString()),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "order_id", "id"),
    )
    op.create_index("order_item_line", "order_item", ["tenant", "line_id"])


def _approvals() -> None:
    op.create_table(
        "approval",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("label", AutoString(), nullable=False),
        sa.Column("why", AutoString(), nullable=False),
        sa.Column("approver_id", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("requested_at", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime()),
        sa.Column("decided_by", AutoString()),
        sa.Column("decided_by_name", AutoString()),
        sa.Column("channel", AutoString()),
        sa.Column("comment", AutoString()),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("approval_request", "approval", ["tenant", "order_id", "round", "stage", "approver_id"], unique=True)
    op.create_index("approval_approver", "approval", ["tenant", "approver_id", "state"])
    op.create_table(
        "approval_link",
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("approval_id", AutoString(), nullable=False),
        sa.Column("approver_id", AutoString(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("content_hash", AutoString(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("reason", AutoString()),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime()),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("approval_link_order", "approval_link", ["tenant", "order_id", "state"])


def _inventory() -> None:
    op.create_table(
        "sim",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("carrier", AutoString(), nullable=False),
        sa.Column("status", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("iccid", AutoString()),
        sa.Column("eid", AutoString()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index(
        "sim_iccid",
        "sim",
        ["tenant", "iccid"],
        unique=True,
        postgresql_where=sa.text("iccid IS NOT NULL AND status NOT IN ('void', 'retired')"),
    )
    op.create_table(
        "device",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("sku", AutoString(), nullable=False),
        sa.Column("status", AutoString(), nullable=False),
        sa.Column("account_id", AutoString(), nullable=False),
        sa.Column("person_id", AutoString()),
        sa.Column("imei", AutoString()),
        sa.Column("imei2", AutoString()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.ForeignKeyConstraint(["tenant", "sku"], ["product.tenant", "product.sku"]),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index(
        "device_imei",
        "device",
        ["tenant", "imei"],
        unique=True,
        postgresql_where=sa.text("imei IS NOT NULL AND status NOT IN ('void', 'retired')"),
    )
    op.create_index(
        "device_imei2",
        "device",
        ["tenant", "imei2"],
        unique=True,
        postgresql_where=sa.text("imei2 IS NOT NULL AND status NOT IN ('void', 'retired')"),
    )
    op.create_index("device_person", "device", ["tenant", "person_id"])
    op.create_table(
        "inventory_change",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("item_id", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("line_id", AutoString()),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "order_id", "item_id", "kind"),
    )
    op.create_index("inventory_change_line", "inventory_change", ["tenant", "line_id"])
    op.create_table(
        "line",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("carrier", AutoString(), nullable=False),
        sa.Column("status", AutoString(), nullable=False),
        sa.Column("account_id", AutoString(), nullable=False),
        sa.Column("person_id", AutoString()),
        sa.Column("plan", AutoString(), nullable=False),
        sa.Column("features", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("mdn", AutoString()),
        sa.Column("device_id", AutoString()),
        sa.Column("sim_id", AutoString()),
        sa.Column("cost_center", AutoString()),
        sa.Column("activated_on", sa.Date()),
        sa.Column("upgrade_on", sa.Date()),
        sa.Column("subscriber_name", AutoString()),
        sa.Column("labels", AutoString()),
        sa.Column("service_address", postgresql.JSONB()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        sa.ForeignKeyConstraint(["tenant", "device_id"], ["device.tenant", "device.id"]),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.ForeignKeyConstraint(["tenant", "sim_id"], ["sim.tenant", "sim.id"]),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("line_account", "line", ["tenant", "account_id"])
    op.create_index(
        "line_mdn",
        "line",
        ["tenant", "mdn"],
        unique=True,
        postgresql_where=sa.text("mdn IS NOT NULL AND status NOT IN ('void', 'terminated', 'disconnected')"),
    )
    op.create_index("line_person", "line", ["tenant", "person_id"])
    op.create_index("line_sim", "line", ["tenant", "sim_id"])
    op.create_table(
        "line_lock",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("line_id", AutoString(), nullable=False),
        sa.Column("aspect", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("item_id", AutoString(), nullable=False),
        sa.Column("locked_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "line_id", "aspect"),
    )
    op.create_index("line_lock_order", "line_lock", ["tenant", "order_id"])
    op.create_table(
        "suspension_timer",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("line_id", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("item_id", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("resume_on", sa.Date()),
        sa.Column("ends_at", UTCDateTime()),
        sa.Column("ends_by", AutoString()),
        sa.Column("limit_at", UTCDateTime()),
        sa.Column("limit_by", AutoString()),
        sa.Column("rule", AutoString(), nullable=False),
        sa.Column("rule_text", AutoString(), nullable=False),
        sa.Column("rule_source", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("problem", AutoString()),
        sa.Column("outcome", AutoString()),
        sa.Column("ended_at", UTCDateTime()),
        sa.ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("suspension_timer_line", "suspension_timer", ["tenant", "line_id", "began_at"])
    op.create_index("suspension_timer_order", "suspension_timer", ["tenant", "order_id"])
    op.create_index(
        "suspension_timer_running",
        "suspension_timer",
        ["tenant", "line_id"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )


def _carriers() -> None:
    op.create_table(
        "carrier_event",
        sa.Column("carrier", AutoString(length=32), nullable=False),
        sa.Column("event_id", AutoString(length=255), nullable=False),
        sa.Column("tenant", AutoString()),
        sa.Column("order_id", AutoString()),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("carrier", "event_id"),
    )
    op.create_table(
        "carrier_order",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("carrier", AutoString(), nullable=False),
        sa.Column("client_ref", AutoString(), nullable=False),
        sa.Column("carrier_ref", AutoString()),
        sa.Column("timer_id", AutoString(length=26)),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.Column("last_update_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "order_id", "round"),
    )
    op.create_index("carrier_order_last_update", "carrier_order", ["carrier", "open", "last_update_at"])
    op.create_index("carrier_order_ref", "carrier_order", ["carrier", "client_ref"], unique=True)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", AutoString(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("workflow_id", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("link_id", AutoString()),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("next_attempt_at", UTCDateTime(), nullable=False),
        sa.Column("done_at", UTCDateTime()),
        sa.Column("last_error", AutoString()),
        sa.Column("result", postgresql.JSONB()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("outbox_dead", "outbox", ["id"], postgresql_where=sa.text("state = 'dead'"))
    op.create_index("outbox_order", "outbox", ["tenant", "order_id", "position"])
    op.create_index("outbox_waiting", "outbox", ["next_attempt_at"], postgresql_where=sa.text("state = 'waiting'"))


def _notifications() -> None:
    op.create_table(
        "account_email",
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("event", AutoString(), nullable=False),
        sa.Column("recipient_id", AutoString(), nullable=False),
        sa.Column("address", AutoString(), nullable=False),
        sa.Column("reset_id", AutoString()),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("next_attempt_at", UTCDateTime(), nullable=False),
        sa.Column("sent_at", UTCDateTime()),
        sa.Column("last_error", AutoString()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "account_email_waiting", "account_email", ["next_attempt_at"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_table(
        "notification",
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event", AutoString(), nullable=False),
        sa.Column("recipient_id", AutoString(), nullable=False),
        sa.Column("address", AutoString(), nullable=False),
        sa.Column("link_id", AutoString()),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("next_attempt_at", UTCDateTime(), nullable=False),
        sa.Column("sent_at", UTCDateTime()),
        sa.Column("last_error", AutoString()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("notification_dead", "notification", ["id"], postgresql_where=sa.text("state = 'dead'"))
    op.create_index(
        "notification_unique", "notification", ["tenant", "order_id", "seq", "event", "recipient_id"], unique=True
    )
    op.create_index(
        "notification_waiting", "notification", ["next_attempt_at"], postgresql_where=sa.text("state = 'waiting'")
    )


def _workflow_health() -> None:
    op.create_table(
        "recovery_action",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("action", AutoString(), nullable=False),
        sa.Column("subject", AutoString()),
        sa.Column("evidence", AutoString(), nullable=False),
        sa.Column("actor_id", AutoString(), nullable=False),
        sa.Column("actor_name", AutoString(), nullable=False),
        sa.Column("channel", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("recovery_action_order", "recovery_action", ["tenant", "order_id", "id"])
    op.create_table(
        "workflow_health",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("since", UTCDateTime()),
        sa.Column("checked_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "order_id"),
    )
    op.create_index(
        "workflow_health_problem",
        "workflow_health",
        ["tenant", "since"],
        postgresql_where=sa.text("state <> 'healthy'"),
    )


def _allowed_values() -> None:
    for (table, column), values in ALLOWED_VALUES.items():
        listed = ", ".join(f"'{value}'" for value in values)
        op.create_check_constraint(f"{table}_{column}_allowed", table, f"{column} IN ({listed})")


def _append_only_tables() -> None:
    op.execute(
        """
        CREATE FUNCTION reject_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % is rejected', TG_TABLE_NAME, TG_OP;
        END $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION reject_change()
            """
        )


def _event_notifications() -> None:
    """Notify listeners of each new order event at commit, without a separate statement."""
    op.execute(
        """
        CREATE FUNCTION notify_order_event() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('order_event', NEW.tenant || ' ' || NEW.order_id || ' ' || NEW.seq);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER order_event_notify AFTER INSERT ON order_event
        FOR EACH ROW EXECUTE FUNCTION notify_order_event()
        """
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION reject_change()")
    op.execute("DROP FUNCTION notify_order_event()")
