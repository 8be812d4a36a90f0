"""Resolves the variants of an order type for the answers of an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from models.order_type import CancelWindow, FrozenType, OrderType
from policies import approval


@dataclass(frozen=True, kw_only=True)
class ResolvedType:
    """What an order keeps, and for each of its items the type that its own answers give."""

    order: FrozenType
    items: tuple[FrozenType, ...]


def resolve(order_type: OrderType, answers: Sequence[Mapping[str, Any]]) -> ResolvedType:
    """`answers` has those of each item, with the order-wide ones.

    All variants that apply are combined. Of several items, the strictest approval counts, and each limit of the
    window that ends canceling first.
    """
    items = tuple(order_type.resolve(one) for one in answers)
    order = replace(
        items[0],
        approval=approval.strictest([one.approval for one in items]),
        cancel_window=CancelWindow.shortest([one.cancel_window for one in items]),
        step_up=any(one.step_up for one in items),
    )
    return ResolvedType(order=order, items=items)
