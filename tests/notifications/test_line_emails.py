"""Emails about existing lines name the line and mention no goods."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic_core import to_jsonable_python

from models.db.order_details import OrderDetails
from models.db.orders.tables import EventRow
from models.db.returns.tables import ReturnCaseRow
from models.questions.suspension import BILLING
from models.returns import ReturnState
from models.tasks.returns import RETURN_OVERDUE
from notifications.order_emails import order_emails
from notifications.order_summary import order_text
from notifications.return_text import return_text
from tests.fixtures.office import CARRIER_NAMES, MONDAY, ORDER_TYPES, example_details
from tests.notifications.test_render import FULL, MINIMAL, RENDERER, order_email, read, text_of
from workflows.order_type_registry import order_type

GOODS = ("ship", "parcel", "bought", "$", "device does not", "None")
LINE_TYPES = ("SERVICE_SUSPEND", "LINE_REASSIGN")
ONLY_FOR_GOODS = frozenset(
    {
        *("shipped", "parcel_shipped", "activation_needed"),
        *("arrival_unknown", "return_label_ready", "trace_needed", "trace_unanswered"),
    }
)


def line_order(code: str, data: dict[str, Any]) -> OrderDetails:
    """An order of this type for Ben's line, which was assigned to Walt at submit."""
    details = example_details(data)
    (item,) = details.items
    kind = order_type(code)
    details.order.type, details.order.carrier = (
        to_jsonable_python(kind.resolve({})),
        "bell" if kind.with_carrier else None,
    )
    details.order.one_time = details.order.monthly = Decimal(0)
    details.order.title = kind.texts.order_title.format(subject="+13125550142", beneficiary="Ben Ortiz")
    item.mdn, item.answers = "+13125550142", {"line": "l1", "suspend_reason": "seasonal", "billing": False}
    received = EventRow(
        tenant=item.tenant, order_id=item.order_id, seq=0, at=MONDAY, event="received", status="VALIDATING",
        actor_kind="person", actor_id="erin", actor_name="Erin Walsh", channel="api",
        data={"held_by": {item.id: "Walt Reed"}},
    )  # fmt: skip
    return replace(details, events=(received, *details.events))


def rendered(code: str, email: str, data: dict[str, Any], to: str = "erin") -> bytes:
    return RENDERER.render(order_email(email, line_order(code, data), to))


@pytest.mark.parametrize("email", ["new_number", "new_number_reminder"])
def test_only_who_has_to_accept_a_new_number_is_told_to(email: str) -> None:
    told = {to: text_of(rendered("SERVICE_RESUME", email, FULL, to)) for to in ("ben", "erin")}
    assert "Accept the new number on the order page" in told["ben"]
    assert "We asked Ben Ortiz to accept the new number" in told["erin"]
    assert "accept the new one" not in told["erin"]


@pytest.mark.parametrize("code", LINE_TYPES)
@pytest.mark.parametrize("data", [MINIMAL, FULL], ids=["minimal", "full"])
@pytest.mark.parametrize("email", sorted(set(order_emails()) - ONLY_FOR_GOODS))
def test_an_email_about_a_line_mentions_no_goods_or_money(code: str, data: dict[str, Any], email: str) -> None:
    raw = rendered(code, email, data)
    assert "(312) 555-0142" in read(raw)["Subject"] + text_of(raw)
    for kind in ("plain", "html"):
        text = text_of(raw, kind).split("</style>")[-1]
        assert [word for word in GOODS if word in text] == []


@pytest.mark.parametrize(
    ("code", "title"),
    [("SERVICE_SUSPEND", "Suspend (312) 555-0142"), ("LINE_REASSIGN", "(312) 555-0142 to Ben Ortiz")],
)
def test_a_line_is_named_by_its_number_and_by_the_person_it_was_assigned_to(code: str, title: str) -> None:
    order = order_text(line_order(code, {}), CARRIER_NAMES, ORDER_TYPES, reader_id="erin")
    assert (order.title, order.title_with_price) == (title, title)
    assert order.items[0].headline == "(312) 555-0142 – Walt Reed"


def test_a_suspension_says_whether_the_line_is_billed() -> None:
    order = order_text(line_order("SERVICE_SUSPEND", {}), CARRIER_NAMES, ORDER_TYPES, reader_id="erin")
    assert (BILLING.label, "Off") in order.items[0].details


@pytest.mark.parametrize("code", LINE_TYPES)
def test_the_last_email_says_what_has_changed(code: str) -> None:
    assert order_type(code).texts.done in text_of(rendered(code, "completed", {}))


def test_an_order_without_a_carrier_mentions_none() -> None:
    assert "carrier" not in text_of(rendered("LINE_REASSIGN", "approved", {})).lower()


@pytest.mark.parametrize("email", ["number_lost_warning", "line_disconnected"])
def test_a_disconnected_line_s_emails_say_until_when_its_number_can_be_recovered(email: str) -> None:
    data = {"last_day": "2026-12-19", "ends_at": "2026-12-20T06:00:00+00:00"}
    text = text_of(rendered("SERVICE_SUSPEND", email, data))
    assert "can be recovered until Sat, Dec 19, 2026" in text
    assert "Dec 20" not in text


def test_the_email_about_a_bill_names_the_line() -> None:
    raw = rendered("SERVICE_SUSPEND", "bill_check", {"line": "(312) 555-0142", "disconnected": "Thu, Nov 19, 2026"})
    assert read(raw)["Subject"].startswith("Check the bill for (312) 555-0142")
    assert "(312) 555-0142 was disconnected on Thu, Nov 19, 2026." in text_of(raw)


def returning(*, ends_at: str | None = "2026-12-21T18:00:00+00:00", **columns: Any) -> OrderDetails:
    details = line_order("RETURN", {"ends_at": ends_at})
    (item,) = details.items
    known = {"tenant": item.tenant, "order_id": item.order_id, "item_id": item.id, "device_id": "d1"}
    case = ReturnCaseRow(**known | {"cause": "unwanted", "state": "label_sent"} | columns)
    return replace(details, returns={item.id: case})


def return_email(name: str, details: OrderDetails) -> str:
    return text_of(RENDERER.render(order_email(name, details, "erin")))


@pytest.mark.parametrize("name", ["return_label_ready", "return_reminder", "return_expected"])
def test_an_email_says_by_when_a_device_has_to_be_back(name: str) -> None:
    assert "by Mon, Dec 21, 2026" in return_email(name, returning())


@pytest.mark.parametrize("name", ["return_label_ready", "return_reminder"])
@pytest.mark.parametrize("label", [None, "https://labels.example.com/1.pdf"])
def test_what_is_picked_up_is_not_to_be_handed_in(name: str, label: str | None) -> None:
    details = returning(label_url=label)
    assert "picks up" not in return_email(name, details)
    details.order.answers = {**details.order.answers, "return_way": "pickup"}
    text = return_email(name, details).lower()
    assert ("bell" in text, "pick" in text) == (True, True)
    assert not [one for one in ("hand in", "hand it in", "send it", "label is ready") if one in text]


@pytest.mark.parametrize(
    ("way", "data", "charged", "until"),
    [
        ("pickup", {}, "isn't picked up by Mon, Dec 21, 2026, the price", "until it's picked up"),
        ("label", {}, "isn't on its way by then, the price", "until it's sent"),
        ("label", {"ends_at": None}, "isn't on its way in time, the price", "until it's sent"),
    ],
)
def test_a_label_says_when_the_device_is_charged_and_until_when_the_return_can_be_canceled(
    way: str, data: dict[str, Any], charged: str, until: str
) -> None:
    details = returning(**data)
    details.order.answers = {**details.order.answers, "return_way": way}
    text = return_email("return_label_ready", details)
    assert charged in text
    assert f"You can cancel the return {until}." in text


def test_what_was_never_sent_did_not_get_lost_on_its_way() -> None:
    case = returning(state="lost").returns
    (row,) = case.values()
    assert return_text(row, "USD", {}).outcome == "It counts as lost, so it doesn't come back."
    (chosen,) = [choice for choice in RETURN_OVERDUE.choices if choice.code == ReturnState.LOST]
    assert chosen.label == "Can't be found"


def test_who_pays_for_a_late_device_hears_that_the_charge_can_be_taken_back() -> None:
    text = return_email("chargeback", returning())
    assert "If it comes back after all, the charge is taken back, unless it is broken or locked." in text
