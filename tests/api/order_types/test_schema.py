"""Order types as JSON Schema, and the catalog, lines and devices for their answers."""

from typing import Any

import jsonschema
import pytest

from api.order_types.schema import form
from models import questions
from tests.api.api_client import PHONE, ApiTenant
from workflows.order_type_registry import order_types_by_code

TYPES = order_types_by_code()


@pytest.mark.parametrize("code", TYPES)
def test_the_schema_of_a_type_is_valid_and_accepts_its_example(code: str) -> None:
    shown = form(TYPES[code])
    jsonschema.Draft202012Validator.check_schema(shown.schema_)
    jsonschema.validate(shown.example, shown.schema_)


@pytest.mark.parametrize("code", TYPES)
def test_a_type_has_at_most_five_required_answers(code: str) -> None:
    assert form(TYPES[code]).questions <= 5


@pytest.mark.parametrize(
    "change", [{"color": "red"}, {"answers": {"color": "red"}}, {"answers": {"area_code": "111"}}, {"items": []}]
)
def test_the_schema_rejects_what_the_api_rejects(change: dict[str, Any]) -> None:
    schema = form(TYPES["NEW_SERVICE_DEVICE"]).schema_
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(PHONE | change, schema)


async def test_a_schema_names_the_sources_of_defaults_and_the_late_questions(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        shown = (await client.get("/api/v1/order-types/NEW_SERVICE_DEVICE")).json()
        assert (await client.get("/api/v1/order-types/PIZZA")).status_code == 404
    answers = shown["schema"]["properties"]["answers"]["properties"]
    assert answers["ship_to"]["x-default-from"] == "employee record"
    assert set(shown["late"]) == {"imei", "iccid", "eid"}
    assert set(answers) | set(shown["late"]) <= set(questions.all_by_code())


async def test_a_type_says_until_when_its_orders_can_be_canceled(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        shown = (await client.get("/api/v1/order-types/PLAN_CHANGE")).json()
    assert shown["cancel_window"] == {"until": "PLACED", "days_before_start": 1}


async def test_the_catalog_depends_on_the_beneficiary(office: ApiTenant) -> None:
    marcus = await office.row("Marcus")
    async with await office.client("Jordan") as client:
        own_catalog = (await client.get("/api/v1/catalog")).json()
        assert (await client.get(f"/api/v1/catalog?beneficiary={marcus.id}")).status_code == 422
    async with await office.client("Evelyn") as client:
        marcus_catalog = (
            await client.get(f"/api/v1/catalog?beneficiary={marcus.id}&kind=device&carrier=northwind")
        ).json()
    assert {entry["sku"] for entry in marcus_catalog} - {entry["sku"] for entry in own_catalog}
    assert {entry["kind"] for entry in marcus_catalog} == {"device"}
    assert "tac" not in marcus_catalog[0]["attributes"]


async def test_a_line_is_found_by_its_number_in_any_spelling_with_its_actions(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        line = (await client.get("/api/v1/lines?status=active&limit=1")).json()["items"][0]
        mdn = line["mdn"]
        spelled = f"({mdn[2:5]}) {mdn[5:8]}-{mdn[8:]}"
        found = (await client.get(f"/api/v1/lines/{spelled}")).json()
        assert {name: found[name] for name in line} == line
        assert found["suspension"] is None
        offered = (await client.get(f"/api/v1/lines/{line['id']}/actions")).json()
    assert line["holder"]["name"]
    codes = {one["type"]: one["code"] for one in offered}
    assert (codes["NEW_SERVICE_DEVICE"], codes["SERVICE_SUSPEND"]) == ("NOT_FOR_A_LINE", None)


async def test_devices_are_paged(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        first = (await client.get("/api/v1/devices?limit=2&status=in_stock")).json()
        second = (await client.get(f"/api/v1/devices?limit=2&status=in_stock&cursor={first['next_cursor']}")).json()
        one = (await client.get(f"/api/v1/devices/{first['items'][0]['imei']}")).json()
    assert one == first["items"][0]
    assert not {device["id"] for device in first["items"]} & {device["id"] for device in second["items"]}


async def test_a_manager_sees_only_the_team_s_lines(office: ApiTenant) -> None:
    async with await office.client("Omar") as client:
        lines = (await client.get("/api/v1/lines?limit=100")).json()["items"]
    assert "Omar Haddad" in {line["holder"]["name"] for line in lines}
    assert {line["account"]["name"] for line in lines} == {"Finance and Administration"}
