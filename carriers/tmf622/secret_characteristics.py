"""The characteristics of TMF622 documents that hold the answers to secret questions. Carriers repeat what they got."""

from collections.abc import Iterator
from typing import Any

from carriers.tmf622.action import secret_names
from models.question import MASK


def masked(document: Any) -> Any:
    """The document with the mask in place of each secret."""
    if isinstance(document, list):
        return [masked(element) for element in document]
    if not isinstance(document, dict):
        return document
    secret = {"value": MASK} if document.get("name") in secret_names() else {}
    return {key: masked(value) for key, value in document.items()} | secret


def secrets_in(document: Any) -> Iterator[str]:
    """The secrets in a document that is sent."""
    if isinstance(document, dict) and document.get("name") in secret_names():
        yield str(document["value"])
    elements = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    for element in elements:
        yield from secrets_in(element)
