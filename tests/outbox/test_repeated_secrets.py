"""Secrets that a carrier repeats are masked before anything of its update is stored."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic_core import from_json, to_json
from sqlmodel import select, update

from models.db.encryption import KeyPurpose, Keyring
from models.db.orders import secret_answers
from models.db.orders.tables import OrderRow, SecretAnswerRow
from models.db.session import utc_now
from models.lifecycle import ItemState
from models.order import CarrierUpdate, ItemUpdate
from models.question import MASK
from outbox.carrier_intake import receive_update
from tests.carriers.secret_question import add_secret_question
from tests.fixtures.statements import noting_statements
from tests.fixtures.throw_away import AddModule
from tests.outbox.conftest import CARRIER, OrderAtCarrier

REASON = "PIN 4829 doesn't match"


@dataclass
class Carrier:
    """Rejects the order with a reason that repeats the PIN. `statements` are those of receiving this."""

    at_carrier: OrderAtCarrier
    keyring: Keyring
    statements: list[str] = field(default_factory=list)

    async def reject(self, document: Any) -> tuple[dict[str, Any], Any]:
        """What is signaled to the workflow of the item, and what is stored of the document."""
        client_ref = await self.at_carrier.place()
        (item,) = await self.at_carrier.items()
        item_update = ItemUpdate(item_id=item.id, state=ItemState.DECLINED, code="PIN_4829", detail=REASON)
        update = CarrierUpdate(event_id="E1", carrier=CARRIER, client_ref=client_ref, items=(item_update,))
        database = self.at_carrier.database
        async with noting_statements(database, self.statements.append), database.transaction() as session:
            await receive_update(session, self.keyring, CARRIER, update, to_json(document))
        (signal,), (stored,) = await self.at_carrier.signals(), await self.at_carrier.events()
        body = self.keyring.open(stored.body, KeyPurpose.CARRIER_EVENTS, bound_to=f"{CARRIER}:E1")
        return signal.payload["items"][0], from_json(body)


@pytest.fixture
async def carrier(at_carrier: OrderAtCarrier, keyring: Keyring, add_module: AddModule) -> Carrier:
    """The order has the PIN 4829 and one that the carrier has asked for later, which starts with it."""
    add_secret_question(add_module)
    ref = at_carrier.office.order.ref
    async with at_carrier.database.transaction() as session:
        for number, pin in enumerate(("4829", "48291")):
            await secret_answers.keep(session, keyring, ref, {"pin": pin}, f"action-{number}")
    await ask(at_carrier, "pin")
    return Carrier(at_carrier, keyring)


async def ask(at_carrier: OrderAtCarrier, question: str) -> None:
    """Let the type of the order ask nothing but this question."""
    async with at_carrier.database.transaction() as session:
        order = (await session.exec(select(OrderRow))).one()
        order.type = order.type | {"questions": [{"code": question}]}


async def test_code_detail_and_body_have_the_mask(carrier: Carrier) -> None:
    notes = [{"text": REASON}, {"text": "not 48291"}, 4829, 48290, None]
    item, body = await carrier.reject({"note": notes})
    assert (item["code"], item["detail"]) == (f"PIN_{MASK}", f"PIN {MASK} doesn't match")
    masked = [{"text": f"PIN {MASK} doesn't match"}, {"text": f"not {MASK}"}, MASK, 48290, None]
    assert body == {"note": masked}


async def test_no_text_is_kept_once_the_secrets_are_deleted(carrier: Carrier) -> None:
    async with carrier.at_carrier.database.transaction() as session:
        await session.exec(update(OrderRow).values(closed_at=utc_now()))
    item, body = await carrier.reject({"note": REASON})
    assert (item["code"], item["detail"]) == (None, None)
    assert "4829" not in str(body)
    assert body["items"][0]["state"] == "declined"


async def test_an_order_without_secrets_costs_no_statement_and_is_stored_as_it_came(carrier: Carrier) -> None:
    await ask(carrier.at_carrier, "reason")
    item, body = await carrier.reject({"note": REASON})
    assert (item["detail"], body) == (REASON, {"note": REASON})
    assert carrier.statements
    assert [one for one in carrier.statements if SecretAnswerRow.__tablename__ in one] == []
