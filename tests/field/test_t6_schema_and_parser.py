"""What the schema of an answer refuses is refused at the door, and nothing else is."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from models.questions import find
from tests.api.api_client import PHONE, ApiTenant

USUAL: dict[str, Any] = {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True}
DRY = "/api/v1/orders?dry_run=true"
HOME = {"name": "Ann Lee", "line1": "1 Main St", "city": "Chicago", "state": "IL", "postal_code": "60606"}
# An answer by its question: whether it is accepted.
ANSWERS: list[tuple[str, Any, bool]] = [
    ("ship_to", HOME, True),
    ("ship_to", HOME | {"name": "x" * 100}, True),
    ("ship_to", HOME | {"name": "x" * 101}, False),
    ("ship_to", HOME | {"name": "x" * 5000}, False),
    ("ship_to", HOME | {"name": {"a": 1}}, False),
    ("ship_to", HOME | {"country": "US"}, True),
    ("ship_to", HOME | {"country": "DE"}, False),
    ("area_code", "312", True),
    ("area_code", "911", False),
    ("area_code", "411", False),
    ("area_code", "31a", False),
]


@pytest.mark.fault("29")
@pytest.mark.parametrize(("question", "answer", "accepted"), ANSWERS)
async def test_the_door_refuses_what_the_schema_refuses(
    office: ApiTenant, question: str, answer: Any, accepted: bool
) -> None:
    assert Draft202012Validator(dict(find(question).type.schema)).is_valid(answer) is accepted
    place = "answers" if question == "ship_to" else "items"
    given = {"answers": {**USUAL, question: answer}} if place == "answers" else {"items": [{question: answer}]}
    async with await office.client("Jordan") as client:
        response = await client.post(DRY, json=PHONE | given)
    refused = [error["field"] for error in response.json().get("errors", ()) if question in error["field"]]
    assert bool(refused) is not accepted, response.text


@pytest.mark.fault("29")
@pytest.mark.parametrize(
    ("eid", "accepted"),
    [
        ("89049032123451234512345678901235", True),
        ("8904 9032 1234 5123 4512 3456 7890 1235", True),
        ("8904903212345123451234567890123A", False),
        ("EID89049032123451234512345678901", False),
        ("٨9049032123451234512345678901235", False),
    ],
)
def test_an_esim_id_with_letters_is_refused_by_schema_and_parser(eid: str, accepted: bool) -> None:
    assert Draft202012Validator(dict(find("eid").type.schema)).is_valid(eid) is accepted
    if accepted:
        assert find("eid").parse(eid) == "89049032123451234512345678901235"
    else:
        with pytest.raises(ValueError, match="eSIM ID isn't valid"):
            find("eid").parse(eid)


@pytest.mark.fault("29", "33")
@pytest.mark.parametrize(
    ("contact", "stored"),
    [
        ({"phone": " (312) 555-0142 "}, {"phone": "+13125550142"}),
        ({"phone": "312.555.0142", "extension": " 0042 "}, {"phone": "+13125550142", "extension": "0042"}),
        ({"phone": "call evil.example"}, None),
        ({"phone": "5550142"}, None),
        ({"phone": "+49 30 901820"}, None),
        ({"phone": "312\n555\u202e0142x"}, None),
        ({"phone": "3125550142", "extension": "see evil.example"[:10]}, None),
        ({"phone": "3125550142", "extension": "12\n"}, {"phone": "+13125550142", "extension": "12"}),
        ({"phone": "3125550142", "extension": "1 2"}, None),
        ({"phone": "3125550142", "extension": "12345678901"}, None),
        ({"phone": "3125550142", "extension": "\u0661"}, None),
    ],
)
async def test_the_contact_of_an_order_has_a_phone_number_in_stored_form(
    office: ApiTenant, contact: dict[str, str], stored: dict[str, str] | None
) -> None:
    async with await office.client("Jordan") as client:
        response = await client.post("/api/v1/orders", json=PHONE | {"contact": contact})
        if stored is None:
            assert response.status_code == 422
            assert response.json()["errors"][0]["field"].startswith("contact.")
        else:
            order = await client.get(response.headers["location"])
            assert {name: value for name, value in order.json()["contact"].items() if value} == stored
