"""The rules that TMF630 has for all APIs, beyond what the conformance profile of TMF622 asks for."""

from typing import Any

import pytest

from tests.demo.simulator.simulator_client import Client, suspension

READS = "GET, HEAD"


async def place_three(client: Client) -> None:
    for number, priority in ((1, "2"), (2, "0"), (3, None)):
        await client.place(suspension(), externalId=f"E{number}", **({"priority": priority} if priority else {}))


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("priority", ["E3", "E2", "E1"]),
        ("-priority", ["E1", "E2", "E3"]),
        ("+externalId", ["E1", "E2", "E3"]),
        ("%2BexternalId", ["E1", "E2", "E3"]),
        ("-orderDate,-externalId", ["E3", "E2", "E1"]),
        ("state,-externalId", ["E3", "E2", "E1"]),
        ("state&sort=externalId", ["E1", "E2", "E3"]),
    ],
)
async def test_a_list_is_sorted_by_its_attributes(client: Client, sort: str, expected: list[str]) -> None:
    await place_three(client)
    for order in (await client.http.get("/productOrder")).json():
        await client.until(order, "completed")
    answer = await client.http.get(f"/productOrder?sort={sort}")
    assert [order["externalId"] for order in answer.json()] == expected


async def test_dates_are_sorted_as_times(client: Client) -> None:
    for date in ("2027-01-04T08:00:00Z", "2027-01-04T08:00:00+02:00", "2027-01-03T23:00:00-08:00"):
        await client.place(suspension(), requestedStartDate=date)
    answer = await client.http.get("/productOrder?sort=requestedStartDate")
    assert [order["requestedStartDate"] for order in answer.json()] == [
        "2027-01-04T08:00:00+02:00",
        "2027-01-03T23:00:00-08:00",
        "2027-01-04T08:00:00Z",
    ]


@pytest.mark.parametrize("sort", ["color", "", "-", "note", "note.text", "state,,id"])
async def test_a_list_is_not_sorted_by_what_it_does_not_have(client: Client, sort: str) -> None:
    answer = await client.http.get("/productOrder", params={"sort": sort})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalidRequest")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/productOrder", f"{READS}, POST"),
        ("/productOrder/1", "DELETE, GET, HEAD, PATCH"),
        ("/cancelProductOrder", f"{READS}, POST"),
        ("/cancelProductOrder/1", READS),
        ("/hub", "POST"),
        ("/hub/1", "DELETE"),
    ],
)
async def test_a_wrong_method_is_answered_with_all_right_ones(client: Client, path: str, allowed: str) -> None:
    answer = await client.http.put(path, json={})
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/json-seq", ""])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/productOrder"), ("POST", "/cancelProductOrder"), ("POST", "/hub"), ("PATCH", "/productOrder/1")],
)
async def test_only_json_is_read(client: Client, method: str, path: str, content_type: str) -> None:
    answer = await client.http.request(method, path, content=b"{}", headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupportedMediaType")
    assert "application/json" in answer.headers[f"Accept-{method.title()}"]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/merge-patch+json", 200),
        ("application/merge-patch+json; charset=utf-8", 200),
        ("application/json;charset=utf-8", 200),
        ("application/json-patch+json", 415),
    ],
)
async def test_a_patch_is_a_merge_patch(client: Client, content_type: str, status: int) -> None:
    order = await client.until(await client.place(suspension(simulate="needsInfo")), "pending")
    answer = await client.http.patch(
        f"/productOrder/{order['id']}", content=b'{"priority": "1"}', headers={"Content-Type": content_type}
    )
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/productOrder", "/cancelProductOrder", "/productOrder/missing"])
@pytest.mark.parametrize(
    ("accept", "accepted"),
    [
        ("application/json", True),
        ("application/json;charset=utf-8", True),
        ("text/html, */*;q=0.1", True),
        ("application/*", True),
        ("APPLICATION/JSON", True),
        ("text/html", False),
        ("application/xml, text/*", False),
        ("application/json;q=0", False),
        ("application/json;q=0, */*", False),
        ("*/*;q=none", False),
    ],
)
async def test_json_is_sent_only_to_those_who_accept_it(
    client: Client, path: str, accept: str, *, accepted: bool
) -> None:
    answer = await client.http.get(path, headers={"Accept": accept})
    assert (answer.status_code != 406) is accepted


async def test_an_order_that_is_refused_for_its_media_type_is_not_placed(client: Client) -> None:
    body: dict[str, Any] = {"productOrderItem": [suspension()]}
    assert (await client.http.post("/productOrder", json=body, headers={"Accept": "text/html"})).status_code == 406
    assert (await client.http.get("/productOrder")).json() == []


async def test_the_same_callback_with_another_query_is_another_listener(client: Client) -> None:
    listener = {"callback": "http://127.0.0.1:1/events"}
    limited = {**listener, "query": "eventType=ProductOrderStateChangeEvent"}
    answers = [await client.http.post("/hub", json=body) for body in (listener, limited, listener, limited)]
    assert [answer.status_code for answer in answers] == [201, 201, 409, 409]
    assert {answer.json()["code"] for answer in answers[2:]} == {"duplicate"}
    await client.http.delete(f"/hub/{answers[0].json()['id']}")
    assert (await client.http.post("/hub", json=listener)).status_code == 201
