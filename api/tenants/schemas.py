import re
import unicodedata
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from api.http.schemas import EmailAddress, OneLine, RequestModel
from models.facts import Policy

MAX_ID = 32
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=120), OneLine]


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise PydanticCustomError("time_zone", "There's no such time zone. Use a name such as America/Chicago.")
    return name


TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_time_zone)]


def _tenant_id(value: str) -> str:
    if not re.fullmatch(rf"[a-z0-9](?:[a-z0-9-]{{0,{MAX_ID - 2}}}[a-z0-9])?", value):
        detail = f"Enter a short name such as acme: lower-case letters a to z, digits and hyphens, at most {MAX_ID}."
        raise PydanticCustomError("tenant_id", detail)
    return value


class TenantIn(RequestModel):
    """A new tenant with its first admin. `id` names it in workflow ids and never changes."""

    id: Annotated[str, AfterValidator(_tenant_id)]
    name: ShortText
    account_number: Annotated[ShortText, StringConstraints(max_length=32)]
    admin_email: EmailAddress
    admin_name: ShortText
    admin_number: ShortText
    time_zone: TimeZone = Policy().time_zone


def tenant_id(name: str) -> str:
    """An id for a name; empty if it has no letter or digit that one can have."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:MAX_ID].strip("-")


def name_from(email: str) -> str:
    """The name that an email address suggests: Ann Lee for ann.lee@company.com."""
    words = re.split(r"[._+-]+", email.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word)
