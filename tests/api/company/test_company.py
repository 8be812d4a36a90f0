"""Admins change their company's name, office hours and contacts."""

from datetime import time
from typing import Any

import pytest

from models.audit import AuditAction
from models.db.audit.tables import AuditRow
from models.db.catalog import policy_versions
from models.db.catalog.tables import PolicyRow
from models.db.people.tables import TenantRow
from tests.api.api_client import code
from tests.api.signed_out_browser import Portal

FORM = {"name": "Acme Logistics", "time_zone": "America/Chicago", "opens": "09:00", "closes": "17:00"}
PAGE = "/admin/company/edit"


async def _change(portal: Portal, body: Any, by: str = "Priya") -> Any:
    async with await portal.browser(by) as client:
        return await client.post("/api/v1/company", json=body)


async def _policies(portal: Portal) -> int:
    return len([row for row in await portal.rows(PolicyRow) if row.tenant == "acme"])


async def _last_change(portal: Portal) -> AuditRow:
    rows: list[AuditRow] = await portal.rows(AuditRow)
    return max((row for row in rows if row.action == AuditAction.COMPANY_CHANGED), key=lambda row: row.id)


@pytest.mark.fault("38")
async def test_new_office_hours_are_a_new_version_of_the_policy(portal: Portal) -> None:
    before = await _policies(portal)
    changed = (await _change(portal, {"time_zone": "America/Denver", "opens": "08:00"})).json()
    assert (changed["time_zone"], changed["opens"], changed["closes"]) == ("America/Denver", "08:00:00", "17:00:00")
    assert await _policies(portal) == before + 1
    async with portal.database.read() as session:
        policy = await policy_versions.newest(session, "acme")
    assert (policy.version, policy.time_zone, policy.opens) == (changed["policy_version"], "America/Denver", time(8))
    assert policy.max_lines_per_employee == 5  # what isn't changed here stays


async def test_contacts_leave_the_policy_as_it_is(portal: Portal) -> None:
    before = await _policies(portal)
    contacts = {"security_email": "Security@Acme.example.com", "support_phone": "312-555-0142"}
    changed = (await _change(portal, contacts)).json()
    assert (changed["security_email"], changed["support_phone"]) == ("security@acme.example.com", "+13125550142")
    assert await _policies(portal) == before
    event = await _last_change(portal)
    assert event.detail == {
        "before": {"security_email": None, "support_phone": None},
        "after": {"security_email": "security@acme.example.com", "support_phone": "+13125550142"},
    }


async def test_fields_that_are_left_out_stay_and_null_empties(portal: Portal) -> None:
    await _change(portal, {"support_name": "IT Help Desk", "branding_line": "Call before you dig."})
    changed = (await _change(portal, {"branding_line": None, "name": None})).json()
    assert (changed["name"], changed["support_name"], changed["branding_line"]) == (
        "Acme Logistics",
        "IT Help Desk",
        None,
    )


async def test_a_repeated_change_is_recorded_once(portal: Portal) -> None:
    for _ in range(2):
        assert (await _change(portal, {"time_zone": "America/Denver", "support_name": "IT"})).status_code == 200
    assert (await portal.audit_actions()).count("company_changed") == 1


async def test_the_carriers_with_billing_accounts_are_listed(portal: Portal) -> None:
    async with await portal.browser("Priya") as client:
        company = (await client.get("/api/v1/company")).json()
    assert {one["code"]: one["billing_accounts"] for one in company["carriers"]} == {"northwind": 1, "bluepeak": 2}


async def test_a_change_needs_a_recent_second_factor(portal: Portal) -> None:
    async with await portal.browser("Priya", stepped_up=False) as client:
        answer = await client.post("/api/v1/company", json={"security_email": "thief@elsewhere.example.com"})
    assert code(answer) == (403, "STEP_UP_REQUIRED")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"opens": "17:00"}, "closes"),
        ({"holidays_country": "ZZ"}, "holidays_country"),
        ({"holidays_subdivision": "ZZ"}, "holidays_subdivision"),
        ({"holidays_country": "DE", "holidays_subdivision": "IL"}, "holidays_subdivision"),
        ({"security_email": "nobody"}, "security_email"),
        ({"support_phone": "911"}, "support_phone"),
        ({"branding_line": "Two\nlines"}, "branding_line"),
    ],
)
async def test_an_invalid_change_names_its_field_and_changes_nothing(
    portal: Portal, change: dict[str, Any], field: str
) -> None:
    before = await _policies(portal)
    answer = await _change(portal, {"legal_email": "legal@acme.example.com"} | change)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert await _policies(portal) == before
    assert [row.legal_email for row in await portal.rows(TenantRow) if row.id == "acme"] == [None]


async def test_the_form_saves_what_was_typed(portal: Portal) -> None:
    form = FORM | {"holidays_country": "us", "holidays_subdivision": "il", "support_phone": "(312) 555-0142"}
    async with await portal.browser("Priya") as client:
        done = await client.post(PAGE, data=form | {"support_name": "IT Help Desk", "branding_line": "Since 1974"})
        assert done.headers["location"] == "/admin/company?done=saved"
        page = (await client.get("/admin/company?done=saved")).text
    assert all(words in page for words in ("Changes saved.", "US, IL", "(312) 555-0142", "IT Help Desk", "Since 1974"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"opens": "soon"}, "Enter a time, such as 09:00."),
        ({"fraud_email": "x"}, "Enter an email address, such as security@company.com."),
        ({"closes": "09:00"}, "The office must close later than it opens."),
    ],
)
async def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(
    portal: Portal, changes: dict[str, str], message: str
) -> None:
    form = FORM | {"holidays_country": "US", "branding_line": "Typed"} | changes
    async with await portal.browser("Priya") as client:
        answer = await client.post(PAGE, data=form)
    assert answer.status_code == 422
    assert message in answer.text
    assert 'value="Typed"' in answer.text


async def test_every_page_ends_with_the_support_team_and_the_company_s_line(portal: Portal) -> None:
    await _change(
        portal, {"support_name": "IT Help Desk", "support_phone": "3125550142", "branding_line": "Since 1974"}
    )
    async with await portal.browser("Jordan") as client:
        page = (await client.get("/orders")).text
    assert "Questions? IT Help Desk, (312) 555-0142" in page
    assert "Since 1974" in page


async def test_auditors_read_and_do_not_change(portal: Portal) -> None:
    async with await portal.browser("Iris") as client:
        page = await client.get("/admin/company")
    assert page.status_code == 200
    assert "/admin/company/edit" not in page.text


@pytest.mark.parametrize("path", ["/admin/company", PAGE])
async def test_the_pages_say_that_nothing_is_sent_to_addresses_that_nothing_uses(portal: Portal, path: str) -> None:
    async with await portal.browser("Priya") as client:
        page = (await client.get(path)).text
    assert page.count("We send nothing to") == (3 if path == PAGE else 1)
