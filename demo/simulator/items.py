"""The items of a TMF622 order."""

from collections.abc import Container, Mapping
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


def without(item: Document, names: Container[str]) -> Document:
    """The item without these product characteristics."""
    product = item.get("product", {})
    entries = product.get("productCharacteristic", [])
    kept = [entry for entry in entries if entry["name"] not in names]
    return item if kept == entries else {**item, "product": {**product, "productCharacteristic": kept}}
