import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests import factories
from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML

PATH, PAGE = "/api/v1/carrier-rules", "/admin/carrier-rules"
CONTRACT = {
    "carrier": "northwind",
    "what": "recover_days",
    "value": 30,
    "source": "Our contract",
    "source_url": "https://northwind.example/contract",
    "read_on": "2026-01-05",
}


async def listed(client: httpx2.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_a_company_starts_with_what_its_carriers_publish(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        rules = await listed(client, carrier="northwind", what="suspension_days_a_year")
        unpublished = await listed(client, carrier="bluepeak", what="at_limit")
        recover_days = await listed(client, carrier="bluepeak", what="recover_days", history=True)
    assert [(rule["reasons"], rule["words"]) for rule in rules] == [
        ("lost_or_stolen", "90 days in any 12 months"),
        ("any", "180 days in any 12 months"),
    ]
    assert (rules[0]["value"], rules[0]["unit"], rules[0]["in_force"]) == (90, "days", True)
    assert rules[0]["source_url"].startswith("https://b2b.verizonwireless.com/")
    assert (rules[0]["read_on"], rules[0]["valid_from"], rules[0]["edited_by"]) == ("2026-11-28", None, None)
    assert [(rule["value"], rule["words"]) for rule in unpublished] == [(None, "not published")]
    contract, default = [(rule["value"], rule["in_force"], rule["edited_by"]) for rule in recover_days]
    assert (contract[:2], default) == ((30, True), (50, False, None))


async def test_an_admin_adds_a_rule_and_the_earlier_one_stays_in_the_history(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        answer = await client.post(PATH, json=CONTRACT)
        in_force = await listed(client, carrier="northwind", what="recover_days")
        history = await listed(client, carrier="northwind", what="recover_days", history=True)
        (event,) = (await client.get("/api/v1/audit?action=carrier_rule_changed")).json()["items"]
    added = answer.json()
    assert (answer.status_code, added["words"]) == (201, "30 days after the line is disconnected")
    assert (added["unit"], added["valid_from"], added["in_force"]) == ("days", factories.today().isoformat(), True)
    assert added["edited_by"].startswith("Priya")
    assert in_force == [added]
    assert [(rule["value"], rule["in_force"]) for rule in history] == [(30, True), (50, False), (50, False)]
    assert event["actor_name"] == added["edited_by"]
    assert (event["detail"]["before"], event["detail"]["after"]) == (
        "50 days after the line is disconnected",
        "30 days after the line is disconnected",
    )


async def test_a_rule_that_is_sent_twice_is_entered_once(office: ApiTenant) -> None:
    """Also at the same time; another rule in between makes the first one news again."""
    about = {"what": "recover_days", "carrier": "northwind", "history": True}
    async with await office.client("Priya") as client:
        answers = await asyncio.gather(*(client.post(PATH, json=CONTRACT) for _ in range(3)))
        (event,) = (await client.get("/api/v1/audit?action=carrier_rule_changed")).json()["items"]
        entered = await listed(client, **about)
        later = [await client.post(PATH, json=CONTRACT | {"value": value}) for value in (20, 30)]
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = max(answers, key=lambda answer: answer.status_code).json()
    assert (refused["code"], refused["facts"]) == ("RULE_EXISTS", {"rule": event["detail"]["rule"]})
    assert [rule["value"] for rule in entered] == [30, 50, 50]
    assert [answer.status_code for answer in later] == [201, 201]


async def test_a_rule_for_a_later_day_is_not_in_force_yet(office: ApiTenant) -> None:
    later = (factories.today() + timedelta(days=10)).isoformat()
    async with await office.client("Priya") as client:
        answer = await client.post(
            PATH, json=CONTRACT | {"valid_from": later, "what": "hotline", "value": "800 555 0142"}
        )
        (rule,) = await listed(client, carrier="northwind", what="hotline")
        history = await listed(client, carrier="northwind", what="hotline", history=True)
    assert (answer.json()["value"], answer.json()["unit"], answer.json()["in_force"]) == ("+18005550142", None, False)
    assert rule["value"] == "+18009220204"
    assert [one["in_force"] for one in history] == [False, True]


async def test_an_admin_says_that_a_carrier_publishes_nothing(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        answer = await client.post(PATH, json=CONTRACT | {"value": None})
    assert (answer.status_code, answer.json()["value"], answer.json()["unit"]) == (201, None, None)
    assert answer.json()["words"] == "not published"


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"carrier": "verizon"}, "carrier", "one of your carriers"),
        ({"what": "recover"}, "what", "one of the kinds"),
        ({"value": 0}, "value", "from 1 to 365"),
        ({"value": "soon"}, "value", "from 1 to 365"),
        ({"value": True}, "value", ""),
        ({"value": 2.5}, "value", ""),
        ({"unit": "months"}, "unit", "Choose one of these: days."),
        ({"what": "hotline", "value": "911", "unit": None}, "value", "a US phone number"),
        ({"what": "hotline", "value": "(800) 555-0142", "unit": "days"}, "unit", "has no unit"),
        ({"what": "at_limit", "value": "ask"}, "value", "Choose one of these"),
        ({"reasons": "lost_or_stolen"}, "reasons", "doesn't depend on a reason"),
        ({"what": "suspension_length", "reasons": "lost"}, "reasons", "one of the groups"),
        ({"source_url": "northwind.example/contract"}, "source_url", "starting with https://"),
        ({"source_url": "javascript:alert(1)"}, "source_url", "starting with https://"),
        ({"source_url": "https://[::1"}, "source_url", "starting with https://"),
        ({"source": " "}, "source", ""),
        ({"read_on": "2999-01-01"}, "read_on", "today at the latest"),
        ({"valid_from": "2026-01-01"}, "valid_from", "today or a later day"),
        ({"note": "One\nTwo"}, "note", "one line"),
        ({"extra": 1}, "extra", "isn't supported"),
    ],
)
async def test_a_rule_that_is_wrong_is_rejected_with_the_field(
    office: ApiTenant, changes: dict[str, Any], field: str, says: str
) -> None:
    async with await office.client("Priya") as client:
        answer = await client.post(PATH, json=CONTRACT | changes)
        history = await listed(client, carrier="northwind", what="recover_days", history=True)
    assert answer.status_code == 422
    details = [error["detail"] for error in answer.json()["errors"] if error["field"].split(".")[0] == field]
    assert details
    assert any(says in detail for detail in details), details
    assert len(history) == 2


async def test_a_new_rule_counts_at_once_for_what_is_ordered(office: ApiTenant) -> None:
    """The carrier's rule of 90 days becomes 10: a suspension of 30 days is refused with the new source."""
    new = CONTRACT | {"what": "suspension_length", "reasons": "not_lost", "value": 10, "unit": "days"}
    resumes = (factories.today() + timedelta(days=30)).isoformat()
    async with await office.client("Priya") as client:
        lines = (await client.get("/api/v1/lines?status=active&carrier=northwind&limit=1")).json()["items"]
        answers = {"suspend_reason": "vacation", "resume_on": resumes}
        order = {"type": "SERVICE_SUSPEND", "answers": answers, "items": [{"line": lines[0]["id"]}]}
        before = await client.post("/api/v1/orders?dry_run=true", json=order)
        assert (await client.post(PATH, json=new)).status_code == 201
        after = await client.post("/api/v1/orders?dry_run=true", json=order)
    assert before.status_code == 200, before.text
    (error,) = after.json()["errors"]
    assert (after.status_code, error["code"]) == (422, "RESUME_DATE_PAST_LIMIT")
    assert "allows 10 days in a row" in error["detail"]
    assert "Source: Our contract, read on Mon, Jan 5, 2026." in error["detail"]


# --- pages ----------------------------------------------------------------------------------


async def test_an_auditor_reads_the_rules_and_cannot_change_them(office: ApiTenant) -> None:
    async with await office.client("Iris") as client:
        page = await client.get(PAGE, headers=HTML)
        form = await client.get(f"{PAGE}/new", headers=HTML)
    assert page.status_code == 200
    assert "For a lost or stolen phone" in page.text
    assert "Add a rule" not in page.text
    assert form.status_code in {403, 404}


async def test_the_form_is_filled_in_with_the_rule_in_force_and_saves_a_newer_one(office: ApiTenant) -> None:
    about = {"carrier": "northwind", "what": "suspension_length", "reasons": "not_lost"}
    async with await office.client("Priya") as client:
        form = (await client.get(f"{PAGE}/new", params=about, headers=HTML)).text
        sent = about | {
            "published": "yes", "value": "60", "unit": "days", "note": "", "source": "Our contract",
            "source_url": "https://northwind.example/contract", "read_on": "2026-01-05", "valid_from": "",
        }  # fmt: skip
        saved, twice = [await client.post(f"{PAGE}/new", data=sent, headers=HTML) for _ in range(2)]
        page = (await client.get(PAGE, headers=HTML)).text
    assert 'value="90"' in form
    assert 'value="https://b2b.verizonwireless.com' in form
    assert (saved.status_code, saved.headers["location"]) == (303, f"{PAGE}#northwind")
    assert twice.headers["location"] == saved.headers["location"]
    assert "60 days in a row" in page
    assert 'href="https://northwind.example/contract"' in page


async def test_the_form_shows_each_error_at_its_field_and_keeps_what_was_typed(office: ApiTenant) -> None:
    about = {"carrier": "northwind", "what": "recover_days", "reasons": "any", "published": "yes"}
    typed = {"value": "", "source": "<b>Contract</b>", "source_url": "ftp://x", "read_on": "", "valid_from": "soon"}
    async with await office.client("Priya") as client:
        answer = await client.post(f"{PAGE}/new", data=about | typed, headers=HTML)
        checked = await client.post(
            f"{PAGE}/new", data=about | typed | {"read_on": "2026-01-05", "valid_from": ""}, headers=HTML
        )
    assert answer.status_code == checked.status_code == 422
    assert 'id="read_on-wrong"' in answer.text
    assert 'id="valid_from-wrong"' in answer.text
    assert 'id="value-wrong"' in checked.text
    assert 'id="source_url-wrong"' in checked.text
    assert "&lt;b&gt;Contract&lt;/b&gt;" in checked.text


async def test_a_rule_that_is_not_published_is_saved_without_a_value(office: ApiTenant) -> None:
    sent = {name: str(value) for name, value in CONTRACT.items()} | {"published": "no", "value": "30", "unit": "days"}
    async with await office.client("Priya") as client:
        assert (await client.post(f"{PAGE}/new", data=sent, headers=HTML)).status_code == 303
        (rule,) = await listed(client, carrier="northwind", what="recover_days")
    assert (rule["value"], rule["words"]) == (None, "not published")


async def test_the_page_says_what_is_not_known_of_a_carrier(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        page = (await client.get(PAGE, headers=HTML)).text
    assert "Not known: Days of suspension a year, Days to use the SIM again, Days without billing, Susp" in page


async def test_the_form_starts_with_the_rule_in_force_whatever_reasons_the_address_names(office: ApiTenant) -> None:
    query = "carrier=northwind&what=recover_days&reasons=lost_or_stolen"
    async with await office.client("Priya") as client:
        form = (await client.get(f"{PAGE}/new?{query}", headers=HTML)).text
    assert 'value="50"' in form
