"""Forms of orders that go astray: what cannot be read, what is none of one's business, two tabs, too many lines."""

import html
import re
from dataclasses import replace

import httpx2
import pytest

from models.db.inventory.tables import LineRow
from notifications.formatting import telephone
from policies.access import mask
from tests.api.api_client import Office
from tests.api.order_form.test_order_form import NEW, PAGE, PHONE, _get, _hidden, _post

SUSPEND = "/order/SERVICE_SUSPEND"


async def _lines_of_dana_and_hers(office: Office) -> tuple[LineRow, LineRow]:
    """A line of Dana, and one of somebody she manages."""
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
    ("said", "told"),
    [
        ({"po_number": "9" * 65}, "Purchase order number: "),
        ({"reason": "x" * 1001}, "Reason: "),
        ({"cost_center_one_time": "C" * 65}, "Cost center, once: "),
        ({"beneficiary_id": "01NOBODY"}, "There is no person 01NOBODY."),
        ({"account_id": "01NOWHERE"}, "There is no account 01NOWHERE."),
        ({"items": "11"}, "One order holds up to 10 lines and this one has 11."),
    ],
)
async def test_what_cannot_be_ordered_is_said_in_the_form_and_never_sent(
    office: Office, said: dict[str, str], told: str
) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE | said, do="review")
        page = await _get(client, f"{NEW}/review")
        assert page.url.path == NEW
        assert told in page.text
        assert (await _post(client, f"{NEW}/place", draft=_draft_of(page), seen="")).status_code == 303
        assert await _orders(client) == []


def _draft_of(page: httpx2.Response) -> str:
    found = re.search(r'name="draft" value="([^"]+)"', page.text)
    return found[1] if found else ""


async def test_an_error_leads_only_to_fields_that_are_there(office: Office) -> None:
    async with await office.client("Jordan") as client:
        page = await _post(client, f"{NEW}/sheet", **PHONE | {"account_id": "01NOWHERE", "po_number": "9" * 65})
    links = re.findall(r'<li><a href="#([^"]+)"', page.text)
    assert links == ["po_number"]
    assert 'id="po_number"' in page.text


async def test_a_form_tells_nothing_of_somebody_one_may_not_order_for(office: Office) -> None:
    dana = await office.row("Dana")
    async with await office.client("Jordan") as client:
        page = await _post(client, f"{NEW}/sheet", **PHONE | {"beneficiary_id": dana.id})
        without = await _post(client, f"{NEW}/sheet", **PHONE | {"beneficiary_id": dana.id, "items.0.device": ""})
    for shown in (page, without):
        assert "Jordan Blake may not order for Dana Ortiz" in shown.text
        assert "Left empty: Jordan Blake, " in shown.text
        assert "Left empty: Dana Ortiz, " not in shown.text


async def test_a_form_tells_nothing_of_a_line_one_has_no_say_over(office: Office) -> None:
    line, _ = await _lines_of_dana_and_hers(office)
    async with await office.client("Jordan") as client:
        page = await _post(client, f"{SUSPEND}/sheet", **{"items": "1", "items.0.line": line.id})
    assert "may not change this line" in page.text
    assert str(line.mdn)[-4:] not in page.text


async def test_a_manager_chooses_a_line_by_the_end_of_its_number(office: Office) -> None:
    _, line = await _lines_of_dana_and_hers(office)
    async with await office.client("Dana") as client:
        page = await _get(client, f"{SUSPEND}?line={line.id}")
    assert str(mask(line.mdn)) in page.text
    assert telephone(str(line.mdn)) not in page.text


async def test_another_line_than_the_draft_is_about_starts_a_form_of_its_own(office: Office) -> None:
    own, other = await _lines_of_dana_and_hers(office)
    async with await office.client("Dana") as client:
        await _post(client, SUSPEND, **{"items": "1", "items.0.line": own.id})
        again = await _get(client, f"{SUSPEND}?line={own.id}")
        fresh = await _get(client, f"{SUSPEND}?line={other.id}")
        left = await _get(client, SUSPEND)
    assert "You began this order" in again.text
    assert "You began this order" not in fresh.text
    for page, line in ((again, own), (fresh, other), (left, own)):
        assert re.search(rf'value="{line.id}" (selected|checked)', page.text)


async def test_the_account_one_came_from_stays_the_orders(office: Office) -> None:
    async with await office.client("Grace") as client:
        accounts = (await client.get("/api/v1/accounts")).json()
        account = next(one for one in accounts if one["level"] > 0)
        form = await _get(client, f"{NEW}?account={account['id']}")
        await _post(client, NEW, **PHONE | {"account_id": _hidden(form, "account_id")}, do="review")
        review = await _get(client, f"{NEW}/review")
    assert f"{account['name']} ({account['number']})" in html.unescape(review.text)


async def test_what_was_changed_in_another_tab_is_checked_at_before_it_is_sent(office: Office) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE)
        review = await _get(client, f"{NEW}/review")
        await _post(client, NEW, **PHONE | {"reason": "Another one."})
        sent = {"draft": _hidden(review, "draft"), "seen": _hidden(review, "seen")}
        answer = await _post(client, f"{NEW}/place", **sent)
        assert answer.headers["location"] == f"{NEW}/review?changed=true"
        assert await _orders(client) == []


async def test_a_draft_that_was_sent_and_kept_again_elsewhere_leads_to_its_order(office: Office) -> None:
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **PHONE)
        review = await _get(client, f"{NEW}/review")
        sent = {"draft": _hidden(review, "draft"), "seen": _hidden(review, "seen")}
        placed = await _post(client, f"{NEW}/place", **sent)
        await _post(client, NEW, **PHONE | {"reason": "Typed in another tab."})
        again = await _post(client, f"{NEW}/place", **sent)
        assert again.headers["location"] == placed.headers["location"]
        assert len(await _orders(client)) == 1
        assert "Typed in another tab." in (await _get(client, NEW)).text


async def test_where_there_are_too_many_people_to_list_one_is_named_by_mail_address(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.order_form.options.LONGEST", 2)
    jordan = await office.row("Jordan")
    async with await office.client("Grace") as client:
        await _post(client, NEW, **PHONE | {"beneficiary_id": jordan.email.upper()})
        form = await _get(client, NEW)
        await _post(client, NEW, **PHONE | {"beneficiary_id": "nobody@acme.example.com"})
        unknown = await _get(client, NEW)
    assert f'name="beneficiary_id" value="{jordan.email}"' in form.text
    assert "Price and approval appear here" not in form.text
    assert "There is no person nobody@acme.example.com." in unknown.text


async def test_an_order_that_is_in_the_way_is_named_before_anything_is_lost(office: Office) -> None:
    own, _ = await _lines_of_dana_and_hers(office)
    said = {"items": "1", "items.0.line": own.id, "items.0.suspend_reason": "vacation"}
    async with await office.client("Dana") as client:
        await _post(client, SUSPEND, **said)
        review = await _get(client, f"{SUSPEND}/review")
        assert review.url.path == f"{SUSPEND}/review", review.text
        body = {"type": "SERVICE_SUSPEND", "items": [{"line": own.id, "suspend_reason": "vacation"}]}
        first = (await client.post("/api/v1/orders", json=body)).json()
        sent = {"draft": _hidden(review, "draft"), "seen": _hidden(review, "seen")}
        answer = await _post(client, f"{SUSPEND}/place", **sent)
        assert answer.status_code == 409
        assert first["number"] in answer.text
        assert "Send the order" in answer.text


async def test_a_line_or_a_person_that_is_no_choice_any_more_is_not_exchanged_for_another(office: Office) -> None:
    own, other = await _lines_of_dana_and_hers(office)
    async with office.database.transaction() as session:
        (await session.get_one(LineRow, ("acme", other.id))).status = "pending"
    async with await office.client("Dana") as client:
        form = await _get(client, f"{SUSPEND}?line={other.id}")
        await _post(client, NEW, **PHONE | {"beneficiary_id": "01NOBODY"})
        phone = await _get(client, NEW)
    assert re.search(rf'value="{other.id}" (selected|checked)', form.text)
    assert f'value="{own.id}" selected' not in form.text
    assert 'value="01NOBODY" selected' in phone.text


async def test_a_type_that_takes_a_second_factor_asks_for_it_before_its_draft_is_sent(office: Office) -> None:
    known = office.app.state.services
    guarded = replace(known.catalog["NEW_SERVICE_DEVICE"], step_up=True)
    office.app.state.services = replace(known, catalog={**known.catalog, guarded.code: guarded})
    async with await office.browser("Jordan", fresh=False) as client:
        await _post(client, NEW, **PHONE)
        review = await _get(client, f"{NEW}/review")
        sent = {"draft": _hidden(review, "draft"), "seen": _hidden(review, "seen")}
        came_from = PAGE | {"Referer": f"http://dialtone.test{NEW}/review"}
        answer = await client.post(f"{NEW}/place", data=sent, headers=came_from)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/step-up?next={NEW}/review")
        assert await _orders(client) == []
        again = await _get(client, f"{NEW}/review")
    assert _hidden(again, "draft") == sent["draft"]
