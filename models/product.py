"""Products of the catalog."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import StringConstraints

SKU_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
SKU = Annotated[str, StringConstraints(pattern=f"^{SKU_PATTERN}$")]


class ProductKind(StrEnum):
    DEVICE = "device"
    PLAN = "plan"
    FEATURE = "feature"
    ACCESSORY = "accessory"


@dataclass(frozen=True, kw_only=True)
class Product:
    """A catalog entry at the account's contract price.

    `attributes` by kind: device {tac, sim_types, storage, color, brand, model, form, default_plan: the plan's
    SKU where the carrier's default does not fit}; plan {data_gb, voice}; device and plan also {requires: SKUs of
    features that come with them}; feature {roaming: the codes of the countries where it works, or true for all; trial:
    true; conflicts: SKUs of features that can't be on together with it}. `fits` lists the SKUs it is compatible with
    (empty: all). `visible` says whether the beneficiary can see it, `active` whether it is still sold.
    """

    sku: str
    kind: ProductKind
    name: str
    carrier: str | None
    one_time: Decimal
    monthly: Decimal
    currency: str
    fits: frozenset[str] = frozenset()
    attributes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    visible: bool = True
    active: bool = True
    in_policy: bool = True

    @property
    def ends_by_nature(self) -> bool:
        """Whether it is a feature for roaming or a trial, which has a last day."""
        return bool(self.attributes.get("roaming") or self.attributes.get("trial"))
