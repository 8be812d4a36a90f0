"""docs/order-types.md says of every order type what the catalog says."""

import pytest

from models.order_type import OrderType
from tests.docs.pages import DOCS, table
from workflows.order_type_registry import order_types_by_code

ROWS = {row["code"]: row for row in table(DOCS / "order-types.md", "code")}
CATALOG = order_types_by_code()


def _row(kind: OrderType) -> dict[str, str]:
    return {
        "code": kind.code,
        "family": kind.family,
        "title": kind.texts.title,
        "questions": ", ".join(kind.codes),
        "steps": ", ".join(step.kind for step in kind.steps),
        "approval": kind.approval,
        "effect": kind.effect,
        "cancellable until": kind.cancel_window.until,
    }


def test_every_type_has_its_row_and_no_row_is_left_over() -> None:
    assert set(ROWS) == set(CATALOG)


@pytest.mark.parametrize("code", sorted(CATALOG))
def test_the_row_is_what_the_type_is(code: str) -> None:
    assert ROWS[code] == _row(CATALOG[code])
