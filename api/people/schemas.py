from typing import Annotated

from pydantic import Field, StringConstraints

from api.http.schemas import EmailAddress, OneLine, RequestModel, ResponseModel, Trimmed
from models.facts import Role

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=120), OneLine]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500), Trimmed]


class PersonIn(RequestModel):
    """A new person. `owns` are the accounts an account owner owns, by ID or FA number."""

    name: ShortText
    email: EmailAddress
    employee_number: ShortText
    title: Annotated[str, StringConstraints(max_length=120), OneLine] = ""
    account: Annotated[str, Field(max_length=40, description="ID or FA number of the person's account.")]
    manager_id: Annotated[str | None, Field(max_length=26)] = None
    cost_center: Annotated[str | None, Field(max_length=32)] = None
    roles: list[Role] = Field(default_factory=list)
    owns: list[str] = Field(default_factory=list, max_length=20)


class ReasonIn(RequestModel):
    """The reason for a change of access. It is saved to the audit log."""

    reason: Reason


class PersonFound(ResponseModel):
    id: str
    name: str
    title: str
    employee_number: str
    active: bool
    roles: list[str]


class PersonCard(PersonFound):
    """A person and how they sign in. Showing the username is a separate request, which is recorded."""

    signs_in: bool
    second_factor: bool
    must_change_password: bool


class UserName(ResponseModel):
    user_name: str
