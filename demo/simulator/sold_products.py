"""The carrier's products, such as lines: what completed orders have made, and what it is told that it has."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from ulid import ULID

from demo.simulator.clock import today
from demo.simulator.items import Document, characteristics
from demo.simulator.store import Store

_KIND = "product"


class SoldProduct(BaseModel):
    """A product that a client has, until it is terminated on `ended_on`."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    characteristics: dict[str, Any] = Field(default_factory=dict)
    active: bool = True
    ended_on: date | None = None


class SoldProducts:
    """Changes are stored with the caller's transaction. The number of a line that has ended is kept `recover_days`."""

    def __init__(self, store: Store, recover_days: int) -> None:
        self._store, self._recover_days = store, recover_days
        self._by_id: dict[str, SoldProduct] = {}

    def load(self) -> None:
        self._by_id = {key: SoldProduct.model_validate_json(body) for key, body in self._store.all(_KIND)}

    def seed(self, products: Iterable[SoldProduct]) -> None:
        """Add those whose ids are new; the others stay as they are."""
        with self._store:
            for product in products:
                if product.id not in self._by_id:
                    self._put(product)

    def all(self) -> list[SoldProduct]:
        return list(self._by_id.values())

    def is_known(self, item: Document) -> bool:
        """Whether the item adds a product, or names an active one."""
        return item["action"] in {"add", "noChange"} or self._active(item) is not None

    def characteristics_of(self, item: Document) -> dict[str, Any]:
        """What the carrier knows of the active product that the item names, if it does."""
        product = self._active(item)
        return product.characteristics if product else {}

    def complete(self, item: Document) -> None:
        """Do what the item asks for. An added product gets its id, which the item then shows."""
        product = self._active(item) or SoldProduct(id=f"PRD-{ULID()}")
        item.setdefault("product", {})["id"] = product.id
        changed = {**product.characteristics, **characteristics(item)}
        ended_on = today() if item["action"] == "delete" else None
        self._put(product.model_copy(update={"characteristics": changed, "active": not ended_on, "ended_on": ended_on}))

    def keeps_number(self, mdn: str) -> bool:
        """Whether the number belongs to a line that ended so recently that the carrier has not given it up."""
        oldest = today() - timedelta(days=self._recover_days)
        return any(
            product.ended_on is not None and product.ended_on >= oldest and product.characteristics.get("MDN") == mdn
            for product in self._by_id.values()
        )

    def _active(self, item: Document) -> SoldProduct | None:
        product = self._by_id.get(item.get("product", {}).get("id", ""))
        return product if product and product.active and item["action"] != "add" else None

    def _put(self, product: SoldProduct) -> None:
        self._by_id[product.id] = product
        self._store.put(_KIND, product.id, product.model_dump_json())
