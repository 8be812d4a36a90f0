"""Mails about lines that exist: which line, whose, and what becomes of it; nothing of goods that nobody sends."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic_core import to_jsonable_python

from models.db.order_details import OrderDetails
from models.db.orders.tables import EventRow
from notifications.event_emails import BY_NAME
from notifications.order_summary import summarize
from tests.fixtures.office import MONDAY, paper_dossier
from tests.notifications.test_render import LITTLE, MUCH, RENDERER, letter_of, read, text_of
from workflows.order_type_registry import order_type

GOODS = ("ship", "parcel", "bought", "$", "device does not", "None")
LINE_TYPES = ("SERVICE_SUSPEND", "LINE_REASSIGN")
# Said of goods alone.
OF_GOODS = frozenset({"shipped", "activation_needed"})


def about_a_line(code: str, data: dict[str, Any]) -> OrderDetails:
    """Ben's line as an order of this type is about it; Walt held it when the order was placed."""
    dossier = paper_dossier(data)
    (item,) = dossier.items
    kind = order_type(code)
    dossier.order.type, dossier.order.carrier = to_jsonable_python(kind), "bell" if kind.carrier_action else None
    dossier.order.one_time = dossier.order.monthly = Decimal(0)
    item.mdn, item.answers = "+13125550142", {"line": "l1", "suspend_reason": "seasonal", "billing": False}
    received = EventRow(
        tenant=item.tenant, order_id=item.order_id, seq=0, at=MONDAY, event="received", status="VALIDATING",
        actor_kind="person", actor_id="erin", actor_name="Erin Walsh", channel="api",
        data={"held_by": {item.id: "Walt Reed"}},
    )  # fmt: skip
    return replace(dossier, events=(received, *dossier.events))


def rendered(code: str, mail: str, data: dict[str, Any], to: str = "erin") -> bytes:
    return RENDERER.render(letter_of(mail, about_a_line(code, data), to))


@pytest.mark.parametrize("code", LINE_TYPES)
@pytest.mark.parametrize("data", [LITTLE, MUCH], ids=["little", "much"])
@pytest.mark.parametrize("mail", sorted(set(BY_NAME) - OF_GOODS))
def test_no_mail_about_a_line_speaks_of_goods_or_money(code: str, data: dict[str, Any], mail: str) -> None:
    raw = rendered(code, mail, data)
    assert "(312) 555-0142" in read(raw)["Subject"] + text_of(raw)
    for kind in ("plain", "html"):
        text = text_of(raw, kind).split("</style>")[-1]
        assert [word for word in GOODS if word in text] == []


@pytest.mark.parametrize(
    ("code", "wish"),
    [
        ("SERVICE_SUSPEND", "service suspension of (312) 555-0142 (Walt Reed)"),
        ("LINE_REASSIGN", "line reassignment of (312) 555-0142 (Walt Reed) to Ben Ortiz"),
    ],
)
def test_a_line_is_named_by_its_number_and_who_held_it(code: str, wish: str) -> None:
    summary = summarize(about_a_line(code, {}))
    assert (summary.wish, summary.priced, summary.costs) == (wish, wish, "")
    assert ("Charges go on", "No") in summary.items[0].details


@pytest.mark.parametrize(
    ("code", "said"),
    [("SERVICE_SUSPEND", "The service is suspended."), ("LINE_REASSIGN", "The new holder has taken over.")],
)
def test_at_the_end_it_says_what_is_so_now(code: str, said: str) -> None:
    assert said in text_of(rendered(code, "completed", {}))


def test_where_no_carrier_takes_part_none_is_spoken_of() -> None:
    assert "carrier" not in text_of(rendered("LINE_REASSIGN", "approved", {})).lower()
