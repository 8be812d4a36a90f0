"""Whom to contact about an order."""

from typing import Annotated

from pydantic import Field

from api.http.schemas import EmailAddress, PhoneNumber, RequestModel, Trimmed


class OrderContact(RequestModel):
    """Whom the carrier or the telecom team contacts about this order."""

    phone: PhoneNumber | None = None
    extension: Annotated[str, Trimmed, Field(pattern="^[0-9]{1,10}$")] | None = None
    email: EmailAddress | None = None
