import pytest

from models.search_query import parse_query
from tests.api.api_client import ApiTenant, code


@pytest.mark.parametrize(
    ("typed", "interpreted_as", "identifier"),
    [
        ("d7k4f2", "order number", "D7K-4F2"),
        (" D7K-4F2 ", "order number", "D7K-4F2"),
        ("(312) 555-0142", "phone number", "+13125550142"),
        ("312.555.0142", "phone number", "+13125550142"),
        ("+1 312 555 0142", "phone number", "+13125550142"),
        ("49-015420-323751-8", "IMEI", "490154203237518"),
        ("8901 4103 2111 1851 0720", "ICCID", "89014103211118510720"),
        ("89049032123451234512345678901235", "EID", "89049032123451234512345678901235"),
        ("MEID: a0 0000 3a4b 5c6d", "MEID", "A000003A4B5C6D"),
        ("29360 87365 0070 3710 0"[:-2], "MEID", "AF0123450ABCDE"),
    ],
)
def test_an_identifier_is_recognized_in_any_format(typed: str, interpreted_as: str, identifier: str) -> None:
    found = parse_query(typed)
    assert (found.interpreted_as, found.identifiers, found.words) == (interpreted_as, (identifier,), ())


@pytest.mark.fault("32")
@pytest.mark.parametrize(
    "written",
    ["Order:{}", "Order#{}", "order # {}", "(order {})", "Order {} is approved", "Re: Order {}: your phone",
     "https://dialtone.example/orders/{}?done=cancel", "Your order ({}), placed."],
)  # fmt: skip
async def test_an_order_is_found_by_its_number_as_it_is_copied(office: ApiTenant, written: str) -> None:
    number = (await office.order())["number"]
    async with await office.client("Priya") as client:
        for query in (written.format(number), written.format(number.lower())):
            found = (await client.get("/api/v1/search", params={"q": query})).json()
            assert [one["number"] for one in found["orders"]] == [number], query


@pytest.mark.fault("32")
@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("PO:4500012345", "4500012345"),
        ("PO#4500012345", "4500012345"),
        ("PO Number:4500012345", "4500012345"),
        ("UPS 1Z999AA10123456784", "1Z999AA10123456784"),
        ("Carrier order NW-00047211", "NW-00047211"),
        ("your purchase order 4500012345", "4500012345"),
    ],
)
def test_a_reference_is_recognized_as_it_is_copied(written: str, reference: str) -> None:
    assert reference in parse_query(written).references


def test_a_name_is_neither_a_number_nor_a_reference() -> None:
    found = parse_query("Jordan Smyth-Fry")
    assert (found.interpreted_as, found.references) == ("words", ("Jordan Smyth-Fry",))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Jordan  Blake", ("Jordan", "Blake")),
        ("FA-1110", ("FA-1110",)),
        ("(312) 555", ("312555",)),
        ("A & B", ("A", "B")),
    ],
)
def test_anything_but_a_complete_identifier_is_searched_as_words(typed: str, words: tuple[str, ...]) -> None:
    found = parse_query(typed)
    assert (found.interpreted_as, found.identifiers, found.words) == ("words", (), words)


async def test_a_line_is_found_by_phone_number_sim_and_device(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        line = (await client.get("/api/v1/lines?q=Dana")).json()["items"][0]
        for typed in (f"({line['mdn'][2:5]}) {line['mdn'][5:]}", line["sim"]["iccid"], line["device"]["imei"]):
            found = (await client.get("/api/v1/search", params={"q": typed})).json()
            assert [one["id"] for one in found["lines"]] == [line["id"]], typed


async def test_a_name_finds_people_and_their_orders(office: ApiTenant) -> None:
    placed = await office.order()
    async with await office.client("Priya") as client:
        found = (await client.get("/api/v1/search?q=jordan blake")).json()
    assert [one["number"] for one in found["orders"]] == [placed["number"]]
    assert [one["name"] for one in found["people"]] == ["Jordan Blake"]


async def test_an_account_is_found_by_fa_number_or_part_of_its_name(office: ApiTenant) -> None:
    async with await office.client("Grace") as client:
        by_number = (await client.get("/api/v1/search?q=fa-1110")).json()["accounts"]
        by_name = (await client.get("/api/v1/search?q=sales")).json()["accounts"]
    assert [one["number"] for one in by_number] == ["FA-1110"]
    assert {"FA-1110"} < {one["number"] for one in by_name}


async def test_only_what_the_caller_has_access_to_is_found(office: ApiTenant) -> None:
    placed = await office.order()
    async with await office.client("Nadia") as client:
        for typed in (placed["number"], "Jordan", "FA-1110", "Dana"):
            found = (await client.get("/api/v1/search", params={"q": typed})).json()
            assert not any(found[kind] for kind in ("orders", "lines", "devices", "accounts", "people")), typed


async def test_a_single_character_is_rejected(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        assert code(await client.get("/api/v1/search?q=a")) == (422, "INVALID_REQUEST")


async def test_a_search_takes_few_statements(office: ApiTenant) -> None:
    async with await office.client("Priya") as client, office.statements() as seen:
        await client.get("/api/v1/search?q=sales")
    assert len([one for one in seen if one.startswith(("SELECT", "WITH"))]) <= 8, seen


@pytest.mark.parametrize(("typed", "cut"), [("jordan blake", False), ("acme", True)])
async def test_the_page_says_that_results_were_cut_only_if_they_were(
    office: ApiTenant, typed: str, *, cut: bool
) -> None:
    async with await office.client("Priya") as client:
        found = (await client.get("/api/v1/search", params={"q": typed})).json()
        page = (await client.get("/search", params={"q": typed}, headers={"Accept": "text/html"})).text
    assert found["more"] is cut
    assert ("Showing the top 10 per type." in page) is cut
    assert max(len(found[kind]) for kind in ("orders", "lines", "devices", "accounts", "people")) <= 10
