from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import ValidationError

from models import order_type
from models.db.orders import order_values
from models.db.orders.tables import OrderRow
from models.frozen import EDITION, NewerOrderError, upgrade
from models.order import Order
from models.order_type import FrozenType
from tests.sample_types import sample_type
from tests.workflows.golden_inputs import decode, encode
from tests.workflows.golden_parts import order_of

KEPT = sample_type().resolve({})


def from_temporal(document: Mapping[str, Any]) -> FrozenType:
    order = decode(encode(order_of(KEPT)) | {"type": document}, Order)
    assert isinstance(order, Order)
    return order.type


def from_row(document: Mapping[str, Any]) -> FrozenType:
    return order_values.type_of(cast(OrderRow, SimpleNamespace(type=document)))


READERS = pytest.mark.parametrize("read", [from_temporal, from_row])


def test_an_order_keeps_todays_edition() -> None:
    assert (KEPT.edition, encode(KEPT)["edition"]) == (EDITION, EDITION)


def test_todays_edition_stays_as_it_is() -> None:
    assert upgrade(encode(KEPT)) == encode(KEPT)


@READERS
def test_every_reader_reads_the_upgraded_document(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_type, "upgrade", lambda document: {**document, "effect": document["was_effect"]})
    earlier = encode(KEPT)
    earlier["was_effect"] = earlier.pop("effect")
    assert read(earlier) == KEPT


@READERS
def test_an_order_of_a_newer_edition_is_refused(read: Any) -> None:
    with pytest.raises(NewerOrderError, match=f"The order has edition {EDITION + 1}, but this process knows only"):
        read(encode(KEPT) | {"edition": EDITION + 1})


@READERS
def test_a_document_without_an_edition_is_no_orders(read: Any) -> None:
    document = encode(KEPT)
    del document["edition"]
    with pytest.raises(ValidationError, match="edition"):
        read(document)
