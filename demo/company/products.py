"""The devices of the sample catalog."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from models.product import ProductKind

NORTHWIND, BLUEPEAK = "northwind", "bluepeak"
DEFAULT_PLANS: Mapping[str, str] = MappingProxyType({NORTHWIND: "NW-UNLIMITED", BLUEPEAK: "BP-UNLIMITED"})
# At its limit, Northwind disconnects the line of a lost or stolen device, and resumes other lines. What Bluepeak does
# is not published.
CARRIER_RULES: Mapping[str, str] = MappingProxyType({NORTHWIND: "verizon_business", BLUEPEAK: "att_business"})
# What the ICCIDs of a carrier's SIMs start with: those of the sample company, and those of the simulated carrier.
SIM_ISSUERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {NORTHWIND: ("8901880", "8901991"), BLUEPEAK: ("8901881", "8901992")}
)
EXECUTIVES = ("executives",)
_ESIM, _BOTH, _PSIM = ("eSIM",), ("eSIM", "pSIM"), ("pSIM",)


@dataclass(frozen=True, kw_only=True)
class SampleProduct:
    """Prices are monthly for plans and features, else one-time. Without a contract price it cannot be ordered.

    `offerings` are the carriers' own ids of it. The lines of a billing account share the data of a plan with
    `pool_minimum` or `shared_primary`.
    """

    sku: str
    kind: ProductKind
    name: str
    carrier: str | None
    list_price: Decimal
    contract_price: Decimal | None
    fits: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    in_policy: bool = True
    active: bool = True
    pool_minimum: int | None = None
    shared_primary: str | None = None
    offerings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    attributes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def _device(  # noqa: PLR0917 - a row of the table below
    sku: str,
    brand: str,
    model: str,
    storage: str,
    tac: str,
    list_price: str,
    contract_price: str | None,
    form: str = "phone",
    sims: tuple[str, ...] = _ESIM,
    *,
    carrier: str,
    **more: Any,
) -> SampleProduct:
    attributes = {"tac": tac, "brand": brand, "model": model, "storage": storage, "form": form, "sim_types": list(sims)}
    plan = {"default_plan": f"{DEFAULT_PLANS[carrier][:2]}-{form.upper()}"} if form in {"tablet", "hotspot"} else {}
    return SampleProduct(
        sku=sku,
        kind=ProductKind.DEVICE,
        name=" ".join(word for word in (model, storage) if word),
        carrier=carrier,
        list_price=Decimal(list_price),
        contract_price=Decimal(contract_price) if contract_price else None,
        attributes={**attributes, **plan},
        **more,
    )


def _devices(carrier: str, rows: Sequence[tuple[Any, ...]], **more: Any) -> tuple[SampleProduct, ...]:
    return tuple(_device(*row, carrier=carrier, **more) for row in rows)


DEVICES = (
    *_devices(
        NORTHWIND,
        (
            ("IPHONE-17-256", "Apple", "iPhone 17", "256 GB", "35910111", "829.99", "792.00"),
            ("IPHONE-17-512", "Apple", "iPhone 17", "512 GB", "35910112", "1029.99", "936.00"),
            ("IPHONE-17-PRO-256", "Apple", "iPhone 17 Pro", "256 GB", "35910113", "1129.99", "1080.00"),
            ("IPHONE-16E-128", "Apple", "iPhone 16e", "128 GB", "35910114", "599.99", "504.00"),
            ("IPHONE-15-128", "Apple", "iPhone 15", "128 GB", "35910115", "699.99", None),
            ("GALAXY-S26-256", "Samsung", "Galaxy S26", "256 GB", "35920211", "799.99", "720.00", "phone", _BOTH),
            ("GALAXY-A57-128", "Samsung", "Galaxy A57", "128 GB", "35920213", "449.99", "360.00", "phone", _BOTH),
            ("XCOVER-8-128", "Samsung", "Galaxy XCover 8", "128 GB", "35920214", "549.99", "432.00", "phone", _BOTH),
            ("IPAD-11-128", "Apple", "iPad 11", "128 GB", "35910121", "499.99", "432.00", "tablet"),
            ("GALAXY-TAB-S11", "Samsung", "Galaxy Tab S11", "128 GB", "35920221", "699.99", "576.00", "tablet", _BOTH),
            ("NW-HOTSPOT-5G", "Inseego", "MiFi X Pro 5G", "", "35940411", "299.99", "216.00", "hotspot", _PSIM),
        ),
    ),
    *_devices(
        NORTHWIND,
        (
            ("IPHONE-17-PRO-MAX-512", "Apple", "iPhone 17 Pro Max", "512 GB", "35910116", "1429.99", "1368.00"),
            ("GALAXY-S26-ULTRA-512", "Samsung", "Galaxy S26 Ultra", "512 GB", "35920212", "1419.99", "1224.00"),
        ),
        groups=EXECUTIVES,
        in_policy=False,
    ),
    *_devices(
        BLUEPEAK,
        (
            ("PIXEL-10-128", "Google", "Pixel 10", "128 GB", "35930311", "799.00", "648.00"),
            ("PIXEL-10-PRO-256", "Google", "Pixel 10 Pro", "256 GB", "35930312", "1099.00", "936.00"),
            ("PIXEL-10A-128", "Google", "Pixel 10a", "128 GB", "35930313", "499.00", "432.00"),
            ("MOTO-G-2026", "Motorola", "moto g 2026", "128 GB", "35950511", "249.99", "216.00", "phone", _BOTH),
            ("MOTO-EDGE-70", "Motorola", "motorola edge 70", "256 GB", "35950512", "599.99", "504.00", "phone", _BOTH),
            ("DURAFORCE-5G", "Kyocera", "DuraForce 5G", "128 GB", "35960611", "449.99", "360.00", "phone", _PSIM),
            ("TC58-5G", "Zebra", "TC58 Mobile Computer", "64 GB", "35970711", "1249.00", "1008.00", "phone", _BOTH),
            ("BP-IPHONE-17-256", "Apple", "iPhone 17", "256 GB", "35910117", "829.99", "792.00"),
            ("SURFACE-GO-5G", "Microsoft", "Surface Go 5G", "256 GB", "35980811", "749.99", "648.00", "tablet", _BOTH),
            ("BP-HOTSPOT-5G", "Netgear", "Nighthawk M7", "", "35940412", "349.99", "288.00", "hotspot", _PSIM),
        ),
    ),
    *_devices(
        BLUEPEAK,
        (("RAZR-2026-256", "Motorola", "razr 2026", "256 GB", "35950513", "699.99", "648.00", "phone", _BOTH),),
        in_policy=False,
    ),
    *_devices(
        BLUEPEAK,
        (("PIXEL-9-128", "Google", "Pixel 9", "128 GB", "35930314", "599.00", "432.00"),),
        active=False,
    ),
)


def skus(carrier: str, *forms: str) -> tuple[str, ...]:
    """The SKUs of a carrier's devices of these forms."""
    return tuple(device.sku for device in DEVICES if device.carrier == carrier and device.attributes["form"] in forms)
