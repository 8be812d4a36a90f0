"""Secrets in what a carrier sends: it may repeat them anywhere, in a reason or a note too."""

from collections.abc import Collection
from typing import Any

from models.question import MASK


def mask_values(document: Any, secrets: Collection[str]) -> Any:
    """A text or JSON document with the mask in place of these secrets; the longest first, it may contain another."""
    if isinstance(document, list):
        return [mask_values(element, secrets) for element in document]
    if isinstance(document, dict):
        return {key: mask_values(value, secrets) for key, value in document.items()}
    if isinstance(document, str):
        for secret in sorted(secrets, key=len, reverse=True):
            document = document.replace(secret, MASK)
        return document
    return MASK if isinstance(document, int) and str(document) in secrets else document
