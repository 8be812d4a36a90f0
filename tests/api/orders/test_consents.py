"""What people agree to with a new order: who, to which version, when and by which way."""

from typing import Any

import httpx2
import pytest
from sqlmodel import col, delete, select

from models.db.attestations import consent_texts
from models.db.attestations.tables import AttestationRow, ConsentTextRow
from models.db.orders.tables import OrderRow
from models.db.session import utc_now
from tests.api.api_client import FORM, PHONE, PHONE_FOR_OTHER, ApiTenant
from tests.api.orders.test_line_orders import GIVE, line_of

NEW, REASSIGN = "/order/NEW_SERVICE_DEVICE", "/order/LINE_REASSIGN"
BOX, SENTENCE = 'name="answers.use_policy"', "ask Jordan Blake to accept the acceptable use policy"
FIELDS = {"items": "1", "items.0.device": "IPHONE-17-256", "answers.recurring_charges": "yes", "do": "review"}


async def publish(office: ApiTenant) -> int:
    """The next version of the policy."""
    async with office.database.transaction() as session:
        row = await consent_texts.publish(session, "acme", "use_policy", "Policy", "Be kind.", utc_now())
    return row.version


async def attestations(office: ApiTenant, order_id: str) -> dict[str, AttestationRow]:
    async with office.database.transaction() as session:
        rows = await session.all(select(AttestationRow).where(col(AttestationRow.order_id) == order_id))
    return {row.question: row for row in rows}


async def _post(client: httpx2.AsyncClient, path: str, **fields: str) -> str:
    answer = await client.post(path, data=fields, headers=FORM)
    while answer.is_redirect:
        answer = await client.get(answer.headers["location"])
    assert answer.status_code == 200, answer.text
    return answer.text


def _hidden(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"', maxsplit=1)[0]


async def _submit_form(office: ApiTenant, client: httpx2.AsyncClient, path: str, **fields: str) -> str:
    """The ID of the order that the form becomes."""
    review = await _post(client, path, **fields)
    await _post(client, f"{path}/submit", draft=_hidden(review, "draft"), reviewed=_hidden(review, "reviewed"))
    async with office.database.transaction() as session:
        return (await session.exec(select(OrderRow.id).order_by(col(OrderRow.id).desc()))).first() or ""


async def test_who_orders_for_themselves_accepts_with_the_order(office: ApiTenant) -> None:
    order = await office.order("Jordan")
    jordan, rows = await office.row("Jordan"), await attestations(office, order["id"])
    assert {code: (row.state, row.person_id, row.given_by, row.channel) for code, row in rows.items()} == dict.fromkeys(
        ("recurring_charges", "use_policy"), ("given", jordan.id, jordan.id, "api")
    )
    assert (rows["use_policy"].version, rows["recurring_charges"].version) == (1, 0)
    assert rows["recurring_charges"].sentence == "This adds a monthly charge to my cost center. I agree."
    shown = {one["question"]: (one["person"]["name"], one["state"]) for one in order["attestations"]}
    assert shown == dict.fromkeys(rows, ("Jordan Blake", "given"))


@pytest.mark.fault("35")
@pytest.mark.covers("ANSWER_NOT_YOURS")
@pytest.mark.parametrize("name", ["Dana", "Theo", "Priya", "Onboarding"], ids=["manager", "desk", "admin", "service"])
async def test_nobody_accepts_the_policy_for_someone_else_by_api(office: ApiTenant, name: str) -> None:
    jordan, line = await office.row("Jordan"), await line_of(office, "Aaron")
    for_jordan = {"beneficiary_id": jordan.id}
    bodies = [PHONE | for_jordan, GIVE | for_jordan | {"items": [{"line": line.id}], "answers": {"use_policy": True}}]
    async with await office.client(name) as client:
        for body in bodies:
            answer = await client.post("/api/v1/orders", json=body)
            assert answer.status_code == 422, answer.text
            found = {(error["code"], error["field"]) for error in answer.json()["errors"]}
            assert ("ANSWER_NOT_YOURS", "answers.use_policy") in found
        placed = await client.post("/api/v1/orders", json=PHONE_FOR_OTHER | for_jordan)
    assert placed.status_code == 201, placed.text
    rows = await attestations(office, placed.json()["id"])
    assert (rows["use_policy"].state, rows["use_policy"].person_id) == ("waiting", jordan.id)
    assert (rows["recurring_charges"].state, rows["recurring_charges"].person_id) == (
        "given",
        (await office.row(name)).id,
    )
    assert "use_policy" not in placed.json()["answers"]


@pytest.mark.fault("35")
async def test_the_form_asks_the_one_whose_acceptance_it_is(office: ApiTenant) -> None:
    jordan = await office.row("Jordan")
    async with await office.client("Dana") as client:
        own = await _post(client, f"{NEW}/update", **FIELDS)
        for_jordan = await _post(client, f"{NEW}/update", **FIELDS, beneficiary_id=jordan.id)
        review = await _post(client, NEW, **FIELDS, beneficiary_id=jordan.id)
    assert BOX in own
    assert 'href="/consent-texts/use_policy?version=1"' in own
    assert "Once the order is approved" not in own
    assert BOX not in for_jordan
    assert "Ready to submit" in for_jordan
    assert SENTENCE in for_jordan
    assert SENTENCE in review


@pytest.mark.fault("35")
async def test_the_form_asks_a_new_holder_and_nobody_before_one_is_chosen(office: ApiTenant) -> None:
    jordan, line = await office.row("Jordan"), await line_of(office, "Aaron")
    fields = {"items": "1", "items.0.line": line.id}
    async with await office.client("Dana") as client:
        nobody = await _post(client, f"{REASSIGN}/update", **fields)
        for_jordan = await _post(client, f"{REASSIGN}/update", **fields, beneficiary_id=jordan.id)
    assert BOX not in nobody
    assert "Once the order is approved" not in nobody
    assert BOX not in for_jordan
    assert SENTENCE in for_jordan


@pytest.mark.fault("35")
async def test_a_box_that_was_ticked_before_the_order_was_for_someone_else_counts_for_nothing(
    office: ApiTenant,
) -> None:
    jordan = await office.row("Jordan")
    ticked = FIELDS | {"answers.use_policy": "yes", "text_versions.use_policy": "1"}
    async with await office.browser("Dana") as client:
        await _post(client, NEW, **ticked)
        order_id = await _submit_form(office, client, NEW, **ticked, beneficiary_id=jordan.id)
    rows = await attestations(office, order_id)
    assert {code: (row.state, row.channel) for code, row in rows.items()} == {
        "recurring_charges": ("given", "form"),
        "use_policy": ("waiting", None),
    }


@pytest.mark.parametrize("ticked", [True, False])
async def test_the_version_that_is_accepted_is_the_one_that_was_read(office: ApiTenant, *, ticked: bool) -> None:
    box = {"answers.use_policy": "yes", "text_versions.use_policy": "1"}
    async with await office.client("Jordan") as client:
        await _post(client, NEW, **FIELDS | (box if ticked else {}))
        assert await publish(office) == 2
        page = (await client.get(NEW)).text
        shown = _hidden(page, "text_versions.use_policy")
        order_id = await _submit_form(
            office, client, NEW, **FIELDS, **{"answers.use_policy": "yes", "text_versions.use_policy": shown}
        )
    assert shown == ("1" if ticked else "2")
    assert (await attestations(office, order_id))["use_policy"].version == int(shown)


@pytest.mark.parametrize(("sent", "accepted"), [({}, 2), ({"use_policy": 1}, 1), ({"use_policy": 2}, 2)])
async def test_a_program_accepts_the_version_that_it_names_or_the_newest(
    office: ApiTenant, sent: dict[str, int], accepted: int
) -> None:
    await publish(office)
    order = await office.order("Jordan", text_versions=sent)
    assert (await attestations(office, order["id"]))["use_policy"].version == accepted


@pytest.mark.covers("TEXT_VERSION_UNKNOWN")
@pytest.mark.parametrize(
    ("body", "question"),
    [
        (PHONE | {"text_versions": {"use_policy": 9}}, "use_policy"),
        (PHONE | {"text_versions": {"recurring_charges": 1}}, "recurring_charges"),
        (PHONE | {"text_versions": {"device": 1}}, "device"),
    ],
)
async def test_nobody_accepts_a_version_that_does_not_exist(
    office: ApiTenant, body: dict[str, Any], question: str
) -> None:
    async with await office.client("Jordan") as client:
        answer = await client.post("/api/v1/orders", json=body)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["field"]) == (
        422,
        "TEXT_VERSION_UNKNOWN",
        f"text_versions.{question}",
    )


async def test_publishing_adds_a_version_and_changes_none(office: ApiTenant) -> None:
    text = {"title": "Acceptable use policy", "text": "Be kind.\n\nCall less."}
    async with await office.client("Priya") as client:
        published = await client.post("/api/v1/consent-texts/use_policy", json=text)
        unknown = await client.post("/api/v1/consent-texts/recurring_charges", json=text)
    async with await office.client("Jordan") as client:
        newest = (await client.get("/api/v1/consent-texts/use_policy")).json()
        first = await client.get("/consent-texts/use_policy?version=1")
        page = await client.get("/consent-texts/use_policy")
        missing = await client.get("/consent-texts/use_policy?version=3")
    assert (published.status_code, published.json()["version"], unknown.status_code) == (201, 2, 404)
    assert (newest["version"], newest["text"]) == (2, text["text"])
    assert "Use it for your work." in first.text
    assert "<p>Call less.</p>" in page.text
    assert missing.status_code == 404


UNASKED = PHONE | {"answers": {"device": "IPHONE-17-256", "recurring_charges": True}}


async def test_who_accepted_the_version_that_applies_is_not_asked_again(office: ApiTenant) -> None:
    first = await office.order("Jordan")
    async with await office.client("Jordan") as client:
        quote = (await client.post("/api/v1/orders?dry_run=true", json=UNASKED)).json()
        placed = await client.post("/api/v1/orders", json=UNASKED)
    assert placed.status_code == 201, placed.text
    before, after = [(await attestations(office, one["id"]))["use_policy"] for one in (first, placed.json())]
    for field in ("person_id", "version", "state", "given_at", "given_by", "channel", "note"):
        assert getattr(after, field) == getattr(before, field)
    (source,) = [one["from"] for one in quote["items"][0]["answers"] if one["question"] == "use_policy"]
    assert source == "earlier order"


@pytest.mark.covers("ACK_REQUIRED")
@pytest.mark.parametrize("missing", ["accepted by someone else", "accepted in an older version", "without a text"])
async def test_only_the_own_acceptance_of_the_version_that_applies_counts(office: ApiTenant, missing: str) -> None:
    if missing == "without a text":
        async with office.database.transaction() as session:
            await session.exec(delete(ConsentTextRow))
    await office.order("Dana" if missing == "accepted by someone else" else "Jordan")
    if missing == "accepted in an older version":
        await publish(office)
    async with await office.client("Jordan") as client:
        answer = await client.post("/api/v1/orders", json=UNASKED)
    assert answer.status_code == 422
    assert [(one["code"], one["field"]) for one in answer.json()["errors"]] == [("ACK_REQUIRED", "answers.use_policy")]


async def test_the_form_says_what_was_accepted_before_and_asks_for_a_newer_version(office: ApiTenant) -> None:
    said = "You accepted the acceptable use policy on"
    async with await office.client("Jordan") as client:
        fresh = await _post(client, f"{NEW}/update", **FIELDS)
        first = await _submit_form(office, client, NEW, **FIELDS, **{"answers.use_policy": "yes"})
        again = await _post(client, f"{NEW}/update", **FIELDS)
        second = await _submit_form(office, client, NEW, **FIELDS)
        await publish(office)
        newer = await _post(client, f"{NEW}/update", **FIELDS)
    assert [(BOX in page, said in page) for page in (fresh, again, newer)] == [
        (True, False), (False, True), (True, False),
    ]  # fmt: skip
    rows = [(await attestations(office, order_id))["use_policy"] for order_id in (first, second)]
    assert [(row.order_id, row.given_at) for row in rows] == [(first, rows[0].given_at), (second, rows[0].given_at)]
    assert first != second
