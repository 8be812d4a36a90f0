"""The plans, features and accessories of the sample catalog, and the catalog as a whole."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from demo.company.products import BLUEPEAK, DEVICES, NORTHWIND, SampleProduct, skus
from models.product import ProductKind

_PHONE, _TABLET, _HOTSPOT = ("phone",), ("tablet",), ("hotspot",)
_NAMES = {NORTHWIND: "Northwind", BLUEPEAK: "Bluepeak"}
_PREFIXES = {NORTHWIND: "NW", BLUEPEAK: "BP"}
_POOL_MINIMA = {"POOL-5": 3}
_SHARED_PRIMARIES = {"SHARE-LINE": "SHARE-50"}
_EUROPE = (
    *("AL", "AT", "BA", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE"),
    *("IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE", "SI"),
    *("SK", "SM", "UA"),
)
# Where a feature works: in these countries, or in all.
_ROAMING: Mapping[str, Any] = {"ROAM-NA": ["CA", "MX"], "ROAM-EU": list(_EUROPE), "ROAM-WORLD": True}
_CONFLICTS = {"ROAM-EU": ("ROAM-WORLD",)}
_NO_LONGER_SOLD = frozenset({"SHARE-50", "SHARE-LINE"})


def _plan(row: tuple[Any, ...], carrier: str) -> SampleProduct:
    code, name, forms, data_gb, list_price, contract_price, requires = row
    prefix, primary = _PREFIXES[carrier], _SHARED_PRIMARIES.get(code)
    attributes: dict[str, Any] = {"data_gb": data_gb, "voice": forms == _PHONE}
    if requires:
        attributes["requires"] = [f"{prefix}-{feature}" for feature in requires]
    return SampleProduct(
        sku=f"{prefix}-{code}",
        kind=ProductKind.PLAN,
        name=f"{_NAMES[carrier]} {name}",
        carrier=carrier,
        list_price=Decimal(list_price),
        contract_price=Decimal(contract_price),
        fits=skus(carrier, *forms),
        active=code not in _NO_LONGER_SOLD,
        pool_minimum=_POOL_MINIMA.get(code),
        shared_primary=f"{prefix}-{primary}" if primary else None,
        offerings={carrier: f"PO-{prefix}-{code}"},
        attributes=attributes,
    )


def _feature(row: tuple[str, ...], carrier: str) -> SampleProduct:
    code, name, list_price, contract_price, *plans = row
    prefix = _PREFIXES[carrier]
    roaming, conflicts = _ROAMING.get(code), [f"{prefix}-{one}" for one in _CONFLICTS.get(code, ())]
    return SampleProduct(
        sku=f"{prefix}-{code}",
        kind=ProductKind.FEATURE,
        name=name,
        carrier=carrier,
        list_price=Decimal(list_price),
        contract_price=Decimal(contract_price),
        fits=tuple(f"{prefix}-{plan}" for plan in plans),
        attributes={name: value for name, value in (("roaming", roaming), ("conflicts", conflicts)) if value},
    )


def _accessory(row: tuple[str, ...]) -> SampleProduct:
    sku, name, list_price, contract_price, *models = row
    return SampleProduct(
        sku=sku,
        kind=ProductKind.ACCESSORY,
        name=name,
        carrier=None,
        list_price=Decimal(list_price),
        contract_price=Decimal(contract_price),
        fits=tuple(device.sku for device in DEVICES if device.attributes["model"] in models),
    )


def _for_both_carriers(rows: Sequence[tuple[Any, ...]], make: Any) -> tuple[SampleProduct, ...]:
    return tuple(make(row, carrier) for carrier in _PREFIXES for row in rows)


# data_gb 0 is unlimited
PLANS = _for_both_carriers(
    (
        ("UNLIMITED", "Business Unlimited", _PHONE, 0, "45.00", "32.00", ()),
        ("UNLIMITED-PLUS", "Business Unlimited Plus", _PHONE, 0, "60.00", "44.00", ("ROAM-NA",)),
        ("FLEX-10", "Business Flex 10 GB", _PHONE, 10, "35.00", "25.00", ()),
        ("FLEX-2", "Business Flex 2 GB", _PHONE, 2, "25.00", "18.00", ()),
        ("POOL-5", "Business Pool 5 GB", _PHONE, 5, "30.00", "22.00", ()),
        ("SHARE-50", "Business Share 50 GB", _PHONE, 50, "90.00", "70.00", ()),
        ("SHARE-LINE", "Business Share Line", _PHONE, 0, "15.00", "10.00", ()),
        ("TABLET", "Tablet 10 GB", _TABLET, 10, "25.00", "16.00", ()),
        ("HOTSPOT", "Hotspot 50 GB", _HOTSPOT, 50, "50.00", "36.00", ()),
    ),
    _plan,
)

FEATURES = _for_both_carriers(
    (
        ("ROAM-NA", "Canada and Mexico Roaming", "5.00", "0.00"),
        ("ROAM-EU", "Europe Roaming", "20.00", "15.00", "UNLIMITED", "UNLIMITED-PLUS"),
        ("ROAM-WORLD", "World Roaming", "40.00", "30.00", "UNLIMITED", "UNLIMITED-PLUS"),
        ("TETHER-50", "Mobile Hotspot 50 GB", "15.00", "10.00", "UNLIMITED", "FLEX-10"),
        ("PTT", "Push to Talk", "6.00", "4.00", "UNLIMITED", "UNLIMITED-PLUS", "FLEX-10", "FLEX-2"),
        ("CALLFILTER", "Call Filter", "4.00", "2.00", "UNLIMITED", "UNLIMITED-PLUS", "FLEX-10", "FLEX-2"),
        ("VISUAL-VM", "Visual Voicemail", "3.00", "0.00", "UNLIMITED", "UNLIMITED-PLUS", "FLEX-10", "FLEX-2"),
        ("PROTECT", "Device Protection", "17.00", "12.00"),
        ("STATIC-IP", "Static IP Address", "10.00", "8.00", "HOTSPOT", "TABLET"),
        ("PRIORITY", "Priority Data", "12.00", "9.00", "UNLIMITED-PLUS", "HOTSPOT"),
    ),
    _feature,
)

ACCESSORIES = tuple(
    _accessory(row)
    for row in (
        ("CASE-IP17", "Slim Case for iPhone 17", "39.99", "28.00", "iPhone 17"),
        ("CASE-IP17-RUGGED", "Rugged Case for iPhone 17", "59.99", "42.00", "iPhone 17"),
        ("GLASS-IP17", "Screen Protector for iPhone 17", "29.99", "18.00", "iPhone 17"),
        ("CASE-IP17P", "Slim Case for iPhone 17 Pro", "49.99", "32.00", "iPhone 17 Pro", "iPhone 17 Pro Max"),
        ("GLASS-IP17P", "Screen Protector for iPhone 17 Pro", "29.99", "18.00", "iPhone 17 Pro", "iPhone 17 Pro Max"),
        ("CASE-IP16E", "Slim Case for iPhone 16e", "39.99", "28.00", "iPhone 16e"),
        ("CASE-S26", "Slim Case for Galaxy S26", "39.99", "28.00", "Galaxy S26", "Galaxy S26 Ultra"),
        ("GLASS-S26", "Screen Protector for Galaxy S26", "29.99", "18.00", "Galaxy S26", "Galaxy S26 Ultra"),
        ("CASE-A57", "Case for Galaxy A57", "29.99", "20.00", "Galaxy A57"),
        ("HOLSTER-XCOVER", "Holster for Galaxy XCover 8", "34.99", "25.00", "Galaxy XCover 8"),
        ("BATTERY-XCOVER", "Spare Battery for Galaxy XCover 8", "39.99", "30.00", "Galaxy XCover 8"),
        ("FOLIO-IPAD11", "Folio for iPad 11", "79.00", "60.00", "iPad 11"),
        ("KEYBOARD-IPAD11", "Keyboard for iPad 11", "249.00", "199.00", "iPad 11"),
        ("PENCIL", "Stylus for iPad 11", "79.00", "65.00", "iPad 11"),
        ("FOLIO-TABS11", "Book Cover for Galaxy Tab S11", "79.99", "58.00", "Galaxy Tab S11"),
        ("CASE-PIXEL10", "Case for Pixel 10", "29.99", "21.00", "Pixel 10", "Pixel 10 Pro"),
        ("GLASS-PIXEL10", "Screen Protector for Pixel 10", "24.99", "16.00", "Pixel 10", "Pixel 10 Pro"),
        ("CASE-PIXEL10A", "Case for Pixel 10a", "24.99", "17.00", "Pixel 10a"),
        ("CASE-EDGE70", "Case for motorola edge 70", "29.99", "20.00", "motorola edge 70"),
        ("HOLSTER-DURA", "Holster for DuraForce 5G", "34.99", "24.00", "DuraForce 5G"),
        ("CRADLE-TC58", "Charging Cradle for TC58", "189.00", "150.00", "TC58 Mobile Computer"),
        ("TRIGGER-TC58", "Trigger Handle for TC58", "129.00", "99.00", "TC58 Mobile Computer"),
        ("KEYBOARD-SURFACE", "Type Cover for Surface Go 5G", "129.99", "105.00", "Surface Go 5G"),
        ("CHARGER-30W", "USB-C Charger 30 W", "29.00", "19.00"),
        ("CHARGER-65W", "USB-C Charger 65 W", "49.00", "36.00"),
        ("CHARGER-CAR", "Car Charger", "34.99", "22.00"),
        ("CABLE-USBC", "USB-C Cable 2 m", "19.99", "9.00"),
        ("POWERBANK-10K", "Power Bank 10,000 mAh", "49.99", "34.00"),
        ("HEADSET-MONO", "Mono Bluetooth Headset", "99.99", "72.00"),
        ("HEADSET-ANC", "Noise Canceling Headset", "199.99", "150.00"),
    )
)

CATALOG = (*DEVICES, *PLANS, *FEATURES, *ACCESSORIES)
