from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.http.schemas import OneLine, RequestModel, ResponseModel
from policies.scopes import TokenScope


class TokenIn(RequestModel):
    """A new token. All tokens can read; other permissions are added by scope."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80), OneLine]
    scopes: list[TokenScope] = Field(default_factory=list)
    days: Annotated[int, Field(ge=1, le=365, description="Days until it expires.")] = 90
    service_id: Annotated[
        str | None, Field(max_length=26, description="Admins only: the service account that owns the token.")
    ] = None


class TokenView(ResponseModel):
    """A token without its secret. `prefix` is the beginning of the token, `own` is false for a service account's."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    owner: str
    own: bool


class CreatedToken(ResponseModel):
    """A new token. `token` is not shown again."""

    token: str
    name: str
    expires_at: datetime
