"""Order forms with invalid or forbidden values, in two tabs, and with too many lines."""

import html
import re
from dataclasses import replace

import httpx2
import pytest

from models.db.inventory.tables import LineRow
from models.formatting import mask, phone_number
from tests.api.api_client import ApiTenant
from tests.api.order_form.test_order_form import NEW, PAGE, PHONE, _get, _hidden, _post

SUSPEND = "/order/SERVICE_SUSPEND"


async def _lines_of_dana_and_her_team(office: ApiTenant) -> tuple[LineRow, LineRow]:
    """A line of Dana, and one of a person she manages."""
    dana = await office.row("Dana")
    async with await office.client("Dana") as client:
        shown = (await client.get("/api/v1/lines?status=active&limit=100")).json()["items"]
    own = next(one["id"] for one in shown if one["holder"]["id"] == dana.id)
    other = next(one["id"] for one in shown if one["holder"]["id"] != dana.id)
    async with office.database.transaction() as session:
        return await session.get_one(LineRow, ("acme", own)), await session.get_one(LineRow, ("acme", other))


async def _orders(client: httpx2.AsyncClient) -> list[str]:
    return [one["id"] for one in (await client.get("/api/v1/orders")).json()["items"]]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"po_number": "9" * 65}, "PO number: use at most 64 characters."),
        ({"reason": "x" * 1001}, "Business reason: use at most 1000 characters."),
        ({"cost_center_one_time": "C" * 65}, "Cost center (one-time): use at most 64 characters."),
        ({"beneficiary_id": "01NOBODY"}, "No match for &#34;01NOBODY&#34;."),
        ({"account_id": "01NOWHERE"}, "No account matches &#34;01NOWHERE&#34;."),
        ({"items": "11"}, "An order can have up to 10 lines; yours has 11."),
    ],
)
async def test_an_invalid_order_is_reported_in_the_form_and_not_submitted(
    office: ApiTenant, fields: dict[str, str], error: str
) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE | fields, do="review")
        page = await _get(client, f"{NEW}/review")
        assert page.url.path == NEW
        assert error in page.text
        assert (await _post(client, f"{NEW}/submit", draft=_draft_of(page), reviewed="")).status_code == 303
        assert await _orders(client) == []


def _draft_of(page: httpx2.Response) -> str:
    found = re.search(r'name="draft" value="([^"]+)"', page.text)
    return found[1] if found else ""


async def test_an_error_links_only_to_fields_on_the_page(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        page = await _post(client, f"{NEW}/update", **PHONE | {"account_id": "01NOWHERE", "po_number": "9" * 65})
    links = re.findall(r'<li><a href="#([^"]+)"', page.text)
    assert links == ["po_number"]
    assert 'id="po_number"' in page.text


async def test_a_form_reveals_nothing_about_people_the_user_cannot_see(office: ApiTenant) -> None:
    dana = await office.row("Dana")
    async with await office.client("Jordan") as client:
        page = await _post(client, f"{NEW}/update", **PHONE | {"beneficiary_id": dana.id})
        without = await _post(client, f"{NEW}/update", **PHONE | {"beneficiary_id": dana.id, "items.0.device": ""})
    for shown in (page, without):
        assert f"No match for &#34;{dana.id}&#34;." in shown.text
        assert "Default: Jordan Blake, " in shown.text
        assert "Dana Ortiz" not in shown.text


async def test_a_form_reveals_nothing_about_lines_the_user_cannot_see(office: ApiTenant) -> None:
    line, _ = await _lines_of_dana_and_her_team(office)
    async with await office.client("Jordan") as client:
        page, unknown = [
            await _post(client, f"{SUSPEND}/update", **{"items": "1", "items.0.line": one})
            for one in (line.id, "01NONE")
        ]
    assert page.text.replace(line.id, "01NONE") == unknown.text
    assert str(line.mdn)[-4:] not in page.text


async def test_a_manager_sees_only_the_end_of_a_line_s_number(office: ApiTenant) -> None:
    _, line = await _lines_of_dana_and_her_team(office)
    async with await office.client("Dana") as client:
        page = await _get(client, f"{SUSPEND}?line={line.id}")
    assert str(mask(line.mdn)) in page.text
    assert phone_number(str(line.mdn)) not in page.text


async def test_a_link_with_another_line_than_the_draft_s_opens_a_new_form(office: ApiTenant) -> None:
    own, other = await _lines_of_dana_and_her_team(office)
    async with await office.client("Dana") as client:
        await _post(client, SUSPEND, **{"items": "1", "items.0.line": own.id})
        again = await _get(client, f"{SUSPEND}?line={own.id}")
        fresh = await _get(client, f"{SUSPEND}?line={other.id}")
        left = await _get(client, SUSPEND)
    assert "Draft from " in again.text
    assert "Draft from " not in fresh.text
    for page, line in ((again, own), (fresh, other), (left, own)):
        assert re.search(rf'value="{line.id}" (selected|checked)', page.text)


async def test_the_account_of_the_link_stays_the_order_s_account(office: ApiTenant) -> None:
    async with await office.client("Grace") as client:
        accounts = (await client.get("/api/v1/accounts")).json()["items"]
        account = next(one for one in accounts if one["level"] > 0)
        form = await _get(client, f"{NEW}?account={account['id']}")
        await _post(client, NEW, **PHONE | {"account_id": _hidden(form, "account_id")}, do="review")
        review = await _get(client, f"{NEW}/review")
    assert f"{account['name']} ({account['number']})" in html.unescape(review.text)


async def test_a_change_in_another_tab_requires_a_new_review(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE)
        review = await _get(client, f"{NEW}/review")
        await _post(client, NEW, **PHONE | {"reason": "Another one."})
        fields = {"draft": _hidden(review, "draft"), "reviewed": _hidden(review, "reviewed")}
        answer = await _post(client, f"{NEW}/submit", **fields)
        assert answer.headers["location"] == f"{NEW}/review?changed=true"
        assert await _orders(client) == []


async def test_submitting_a_draft_again_leads_to_its_order(office: ApiTenant) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE)
        review = await _get(client, f"{NEW}/review")
        fields = {"draft": _hidden(review, "draft"), "reviewed": _hidden(review, "reviewed")}
        placed = await _post(client, f"{NEW}/submit", **fields)
        await _post(client, NEW, **PHONE | {"reason": "Typed in another tab."})
        again = await _post(client, f"{NEW}/submit", **fields)
        assert again.headers["location"] == placed.headers["location"]
        assert len(await _orders(client)) == 1
        assert "Typed in another tab." in (await _get(client, NEW)).text


async def test_with_too_many_people_to_list_the_beneficiary_is_entered_by_email_or_name(
    office: ApiTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.order_form.options.MAX_OPTIONS", 2)
    jordan = await office.row("Jordan")
    async with await office.client("Grace") as client:
        await _post(client, NEW, **PHONE | {"beneficiary_id": jordan.email.upper()})
        form = await _get(client, NEW)
        await _post(client, NEW, **PHONE | {"beneficiary_id": "nobody@acme.example.com"})
        unknown = await _get(client, NEW)
        await _post(client, NEW, **PHONE | {"beneficiary_id": "JORDAN blaké"})
        by_name = await _get(client, NEW)
    assert f'name="beneficiary_id" value="{jordan.email}"' in form.text
    assert f'name="beneficiary_id" value="{jordan.email}"' in by_name.text
    assert "to see pricing and approvals" not in form.text
    assert "No match for &#34;nobody@acme.example.com&#34;." in unknown.text


async def test_a_conflicting_order_is_named_on_the_review_page(office: ApiTenant) -> None:
    own, _ = await _lines_of_dana_and_her_team(office)
    answers = {"items": "1", "items.0.line": own.id, "items.0.suspend_reason": "vacation"}
    async with await office.client("Dana") as client:
        await _post(client, SUSPEND, **answers)
        review = await _get(client, f"{SUSPEND}/review")
        assert review.url.path == f"{SUSPEND}/review", review.text
        body = {"type": "SERVICE_SUSPEND", "items": [{"line": own.id, "suspend_reason": "vacation"}]}
        first = (await client.post("/api/v1/orders", json=body)).json()
        fields = {"draft": _hidden(review, "draft"), "reviewed": _hidden(review, "reviewed")}
        answer = await _post(client, f"{SUSPEND}/submit", **fields)
        assert answer.status_code == 409
        assert first["number"] in answer.text
        assert "Submit order" in answer.text


async def test_a_chosen_line_or_person_stays_chosen_when_no_longer_offered(office: ApiTenant) -> None:
    own, other = await _lines_of_dana_and_her_team(office)
    async with office.database.transaction() as session:
        (await session.get_one(LineRow, ("acme", other.id))).status = "pending"
    async with await office.client("Dana") as client:
        form = await _get(client, f"{SUSPEND}?line={other.id}")
        await _post(client, NEW, **PHONE | {"beneficiary_id": "01NOBODY"})
        phone = await _get(client, NEW)
    assert re.search(rf'value="{other.id}" (selected|checked)', form.text)
    assert f'value="{own.id}" selected' not in form.text
    assert 'value="01NOBODY" selected' in phone.text


async def test_a_sensitive_type_asks_for_the_second_factor_before_it_is_submitted(office: ApiTenant) -> None:
    known = office.app.state.services
    sensitive = replace(known.order_types["NEW_SERVICE_DEVICE"], step_up=True)
    office.app.state.services = replace(known, order_types={**known.order_types, sensitive.code: sensitive})
    async with await office.browser("Jordan", stepped_up=False) as client:
        await _post(client, NEW, **PHONE)
        review = await _get(client, f"{NEW}/review")
        fields = {"draft": _hidden(review, "draft"), "reviewed": _hidden(review, "reviewed")}
        headers = PAGE | {"Referer": f"http://dialtone.test{NEW}/review"}
        answer = await client.post(f"{NEW}/submit", data=fields, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/step-up?next={NEW}/review")
        assert await _orders(client) == []
        again = await _get(client, f"{NEW}/review")
    assert _hidden(again, "draft") == fields["draft"]
