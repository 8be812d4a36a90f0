"""Reading and writing the items of a TMF622 order: their characteristics, and what they ship."""

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]


def characteristics(item: Document) -> dict[str, Any]:
    """Give the item's product characteristics by name."""
    return {entry["name"]: entry["value"] for entry in item.get("product", {}).get("productCharacteristic", [])}


def write(item: Document, values: Mapping[str, Any]) -> bool:
    """Set characteristics of the item's product by name; tell whether anything changed."""
    before = characteristics(item)
    entries = {entry["name"]: entry for entry in item.get("product", {}).get("productCharacteristic", [])}
    for name, value in values.items():
        entries[name] = {**entries.get(name, {"name": name}), "value": value}
    if entries:
        item.setdefault("product", {})["productCharacteristic"] = list(entries.values())
    return characteristics(item) != before


def equips(item: Document) -> bool:
    """Tell whether the item's action may bring goods or identifiers."""
    return item["action"] in {"add", "modify"}


def ships(item: Document) -> bool:
    """Tell whether goods are to be sent: a device or a SIM that is not on hand yet, or accessories."""
    asked = characteristics(item)
    device = bool(asked.get("deviceSku")) and not asked.get("IMEI")
    sim = asked.get("simType") == "pSIM" and not asked.get("ICCID")
    return equips(item) and (device or sim or bool(asked.get("accessorySkus")))


def puts_a_line_to_use(item: Document) -> bool:
    """Tell whether what is shipped must be activated: a device or a SIM, not accessories alone."""
    asked = characteristics(item)
    return bool(asked.get("deviceSku") or asked.get("simType"))
