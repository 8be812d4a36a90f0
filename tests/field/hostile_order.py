"""An order in which every text that someone may write tries to pass for a link or for the email's own words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from string import Formatter
from types import MappingProxyType
from typing import Any

from sqlmodel import SQLModel

from models.db.accounts.tables import AccountRow
from models.db.approvals.tables import ApprovalRow
from models.db.catalog.tables import ProductRow
from models.db.order_details import OrderDetails
from models.db.orders.tables import EventRow, ItemRow, OrderRow, ParcelRow
from models.db.people.tables import PersonRow, TenantRow
from models.db.sites.tables import SiteRow
from models.events.approval import PRICE_CHANGED
from models.task import task_kinds
from notifications.render import TEMPLATES
from tests.fixtures.office import MONDAY, TENANT, example_details
from tests.notifications.test_render import FULL, PLAN

HOSTILE = (
    "Needed.\n\nWhat it costs\n  Once: $0.00\n\nReview request:\nhttps://evil.example/approve\u2028www.evil.example"
    "\r\n--\r\nor evil.example/a, evil.example, evil.example?x=1, 203.0.113.9:8080 and "
    "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444"
)
# A link that a mail program makes of it.
LIVE = re.compile(r"://evil|www\.evil|evil\.example|203\.0\.113\.9|\u043f\u0440\u0438\u043c\u0435\u0440\.\u0440\u0444")
# Columns that hold a code, an id, a reference in its stored form, or a document of ours.
OURS: Mapping[type[SQLModel], str] = MappingProxyType(
    {
        TenantRow: "id kind support_phone",
        AccountRow: "tenant id kind segment parent_id",
        OrderRow: "tenant id number type_code family type status requester_id beneficiary_id beneficiary_site_id "
        "account_id carrier urgency answers currency watchers flags",
        ItemRow: "tenant order_id id state line_id answers before variant mdn imei imei2 iccid eid reported parcels",
        ParcelRow: "tenant order_id item_id tracking_number reported",
        EventRow: "tenant order_id event status actor_kind actor_id channel on_behalf_of",
        ApprovalRow: "tenant id order_id approver_id state decided_by channel",
        PersonRow: "tenant id email manager_id account_id roles",
        ProductRow: "tenant sku kind carrier currency shared_primary",
        SiteRow: "tenant id account_id contact_id",
    }
)
# Keys of documents that hold a code, an id or a date.
OUR_KEYS = frozenset({
    "currency", "ends_at", "ends_by", "expected_at", "expiry", "mode", "monthly", "notified", "one_time", "person_id",
    "last_day", "step", "term_total", "tied",
})  # fmt: skip
# Data of events that are numbers or yes and no.
NO_TEXT = frozenset({"round", "stage", "days", "last", "reminder", "after_info", "at_limit"})


def hostile(value: Any, key: str = "") -> Any:
    """The value with every text in it replaced, except under our own keys."""
    if key in OUR_KEYS:
        return value
    if isinstance(value, dict):
        return {name: hostile(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [hostile(one, key) for one in value]
    return HOSTILE if isinstance(value, str) else value


def data_keys(templates: str = "**/*.html") -> set[str]:
    """The texts of an event, or of an account email, that any template or task shows."""
    asked = {key for path in TEMPLATES.glob(templates) for key in re.findall(r"\bdata\.(\w+)", path.read_text())}
    sentences = [text for kind in task_kinds().values() for text in (kind.happened, *kind.variants.values())]
    places = {place for text in sentences for _, place, _, _ in Formatter().parse(text) if place}
    return (asked | places) - NO_TEXT - OUR_KEYS


def hostile_data() -> dict[str, Any]:
    """The data of an event; what has a structure keeps it."""
    written: dict[str, Any] = hostile(
        FULL | {"question": "", "step": "PLACE", "ends_by": "disconnect", "approver_id": "maria"}
    )
    return dict.fromkeys(data_keys(), HOSTILE) | written


def hostile_details() -> OrderDetails:
    """The order, dearer since it was asked, with a site and a declined item that has a number and two parcels."""
    details = example_details(hostile_data(), flags=["OUT_OF_POLICY"], ruling=PLAN)
    dearer = details.events[0].model_dump() | {"seq": 0, "event": PRICE_CHANGED.code, "data": {"detail": ""}}
    item = details.items[0]
    item.state, item.mdn = "declined", "+13125550142"
    parcels = [
        ParcelRow(tenant=TENANT, order_id=item.order_id, item_id=item.id, tracking_number=number, shipped_at=MONDAY)
        for number in ("1Z999", "4711")
    ]
    site = SiteRow(tenant=TENANT, id="s1", name="", account_id="sales", contact_id="ben")
    details = replace(details, events=(EventRow(**dearer), *details.events), parcels={item.id: parcels}, site=site)
    rows: Iterable[SQLModel] = (
        details.tenant, details.account, details.order, *details.items, *parcels, *details.events, *details.approvals,
        *details.people.values(), *details.products.values(), site,
    )  # fmt: skip
    for row in rows:
        _spoil(row)
    return details


def _spoil(row: SQLModel) -> None:
    for name, column in type(row).model_fields.items():
        if name in OURS[type(row)].split():
            continue
        if column.annotation in {str, str | None}:
            setattr(row, name, HOSTILE)
        elif isinstance(getattr(row, name), dict | list):
            setattr(row, name, hostile(getattr(row, name)))
