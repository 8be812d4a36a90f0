"""The answers of an item of which the carrier has done only a part."""

from typing import Any

from models import questions
from models.db.orders.tables import ItemRow
from models.lifecycle import ItemState


def done_answers(item: ItemRow) -> dict[str, Any]:
    """Its answers without the features that the carrier refused."""
    return _answers(item, refused=False)


def open_answers(item: ItemRow) -> dict[str, Any]:
    """Its answers, of an item that is done in part with only the features that the carrier refused."""
    return _answers(item, refused=True) if item.state == ItemState.PARTLY_DONE else item.answers


def _answers(item: ItemRow, *, refused: bool) -> dict[str, Any]:
    skus = {sku for sku, _ in item.refused_features}
    changing = [one.code for code in item.answers if (one := questions.find(code)).adds_to or one.ends]
    part = {code: [sku for sku in item.answers[code] or () if (sku in skus) is refused] for code in changing}
    return item.answers | part
