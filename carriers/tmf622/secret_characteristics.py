"""The characteristics of TMF622 documents that hold the answers to secret questions. Carriers repeat what they got."""

from collections.abc import Iterator, Mapping
from typing import Any

from carriers.tmf622.action import secret_names
from models.question import MASK


def masked(document: Any) -> Any:
    """The document with the mask in place of each secret."""
    if isinstance(document, list):
        return [masked(element) for element in document]
    if not isinstance(document, dict):
        return document
    secret = {"value": MASK} if _is_secret(document) else {}
    return {key: masked(value) for key, value in document.items()} | secret


def _is_secret(characteristic: Mapping[str, Any]) -> bool:
    name = characteristic.get("name")
    return isinstance(name, str) and name in secret_names()


def secrets_in(document: Any) -> Iterator[str]:
    """The secrets in a document that is sent."""
    if isinstance(document, dict) and _is_secret(document):
        yield str(document["value"])
    elements = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    for element in elements:
        yield from secrets_in(element)
