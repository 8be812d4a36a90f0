"""All tables, one module per aggregate; every row names its tenant."""

from models.db.tables.catalogue import PolicyRow, PriceRow, ProductRow
from models.db.tables.inventory import DeviceRow, EffectRow, LineClockRow, LineLockRow, LineRow, SimRow
from models.db.tables.messages import CarrierEventRow, LetterRow, NotificationRow, OutboxRow
from models.db.tables.orders import (
    ApprovalLinkRow,
    ApprovalRow,
    CarrierOrderRow,
    EventRow,
    IdempotencyRow,
    ItemRow,
    OrderRow,
)
from models.db.tables.people import AccountRow, CostCentreRow, PersonRow, TenantRow
from models.db.tables.portal import DismissalRow, DraftRow, NoticeRow
from models.db.tables.sign_in import (
    AuditRow,
    LoginRow,
    PortalSessionRow,
    RecoveryCodeRow,
    ResetLinkRow,
    SignInRow,
    ThrottleRow,
    TokenRow,
)
from models.db.tables.watch import RepairRow, WatchRow

__all__ = [
    "AccountRow",
    "ApprovalLinkRow",
    "ApprovalRow",
    "AuditRow",
    "CarrierEventRow",
    "CarrierOrderRow",
    "CostCentreRow",
    "DeviceRow",
    "DismissalRow",
    "DraftRow",
    "EffectRow",
    "EventRow",
    "IdempotencyRow",
    "ItemRow",
    "LetterRow",
    "LineClockRow",
    "LineLockRow",
    "LineRow",
    "LoginRow",
    "NoticeRow",
    "NotificationRow",
    "OrderRow",
    "OutboxRow",
    "PersonRow",
    "PolicyRow",
    "PortalSessionRow",
    "PriceRow",
    "ProductRow",
    "RecoveryCodeRow",
    "RepairRow",
    "ResetLinkRow",
    "SignInRow",
    "SimRow",
    "TenantRow",
    "ThrottleRow",
    "TokenRow",
    "WatchRow",
]
