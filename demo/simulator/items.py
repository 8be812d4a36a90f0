"""The items of a TMF622 order."""

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]


def characteristics(item: Document) -> dict[str, Any]:
    """The item's product characteristics by name."""
    return {entry["name"]: entry["value"] for entry in item.get("product", {}).get("productCharacteristic", [])}


def write(item: Document, values: Mapping[str, Any]) -> bool:
    """Set product characteristics by name; whether anything changed."""
    before = characteristics(item)
    entries = {entry["name"]: entry for entry in item.get("product", {}).get("productCharacteristic", [])}
    for name, value in values.items():
        entries[name] = {**entries.get(name, {"name": name}), "value": value}
    if entries:
        item.setdefault("product", {})["productCharacteristic"] = list(entries.values())
    return characteristics(item) != before


def equips(item: Document) -> bool:
    """Whether the item's action can bring goods or identifiers."""
    return item["action"] in {"add", "modify"}


def ships(item: Document) -> bool:
    """Whether the item ships a device or SIM that the client does not have yet, or accessories."""
    requested = characteristics(item)
    device = bool(requested.get("deviceSku")) and not requested.get("IMEI")
    sim = requested.get("simType") == "pSIM" and not requested.get("ICCID")
    return equips(item) and (device or sim or bool(requested.get("accessorySkus")))


def needs_activation(item: Document) -> bool:
    """A device or SIM must be activated after delivery; accessories alone need no activation."""
    requested = characteristics(item)
    return bool(requested.get("deviceSku") or requested.get("simType"))
