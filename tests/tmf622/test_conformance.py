"""Every carrier passes the assertions of the conformance profile: mandatory operations, attributes, filters, events."""

import pytest

from demo.simulator.personality import PERSONALITIES
from tests.tmf622.conformance import BAD_ORDERS, FILTERS, NOT_PATCHABLE, ORDER, Played, play
from tests.tmf622.definition import Json
from tests.tmf622.traffic import MANDATORY

STATUSES = {
    **dict.fromkeys(("order", "cancellation", "listener"), 201),
    **dict.fromkeys(("deleted order", "removed listener"), 204),
    **dict.fromkeys(BAD_ORDERS, 400),
    **dict.fromkeys((f"patch of {name}" for name in NOT_PATCHABLE), 400),
    **dict.fromkeys(("unknown filter", "unknown sort", "cancellation of no order", "listener without a callback"), 400),
    "cancellation of a missing order": 400,
    "no token": 401,
    **dict.fromkeys(("missing order", "patch of a missing order", "missing deleted order"), 404),
    **dict.fromkeys(("missing cancellation", "listener removed before"), 404),
    "put": 405,
    "xml accepted only": 406,
    **dict.fromkeys(("patch of an ended order", "cancellation of an ended order", "same listener"), 409),
    "text": 415,
}
LISTS = ("orders", "no orders", "page of orders", "cancellations", "cancellations of an order")
EVENTS = (
    "ProductOrderStateChangeEvent",
    "ProductOrderAttributeValueChangeEvent",
    "ProductOrderInformationRequiredEvent",
    "CancelProductOrderStateChangeEvent",
)


@pytest.fixture(scope="module", params=PERSONALITIES)
async def played(request: pytest.FixtureRequest) -> Played:
    return await play(PERSONALITIES[request.param])


def body(played: Played, name: str) -> Json:
    return dict(played.answers[name].json())


def found(played: Played, name: str) -> list[Json]:
    return list(played.answers[name].json())


def test_every_request_has_the_status_of_the_profile(played: Played) -> None:
    assert {name: answer.status_code for name, answer in played.answers.items()} == {
        name: STATUSES.get(name, 200) for name in played.answers
    }
    assert STATUSES.keys() <= played.answers.keys()


def test_every_response_with_content_is_json(played: Played) -> None:
    types = {name: answer.headers["Content-Type"] for name, answer in played.answers.items() if answer.content}
    assert set(types.values()) == {"application/json"}


@pytest.mark.parametrize("name", [name for name, status in STATUSES.items() if status >= 400])
def test_an_error_has_a_code_and_a_reason(played: Played, name: str) -> None:
    error = body(played, name)
    assert error["code"]
    assert error["reason"]
    assert error["status"] == str(STATUSES[name])


@pytest.mark.parametrize("attribute", sorted(MANDATORY))
def test_every_order_has_the_mandatory_attributes(played: Played, attribute: str) -> None:
    assert all(order[attribute] for order in (body(played, "order"), body(played, "order by id"))), attribute
    assert all(order[attribute] for order in found(played, "orders"))


@pytest.mark.parametrize("attribute", ["id", "action", "state"])
def test_every_item_has_the_mandatory_attributes(played: Played, attribute: str) -> None:
    assert all(item[attribute] for order in found(played, "orders") for item in order["productOrderItem"])


@pytest.mark.parametrize("attribute", ["id", "href", "state", "productOrder"])
def test_every_cancellation_has_the_mandatory_attributes(played: Played, attribute: str) -> None:
    tasks = [body(played, "cancellation"), body(played, "cancellation by id"), *found(played, "cancellations")]
    assert all(task[attribute] for task in tasks)


@pytest.mark.parametrize("attribute", ORDER)
def test_what_was_sent_is_stored(played: Played, attribute: str) -> None:
    stored = body(played, "order by id")[attribute]
    if attribute == "relatedParty":
        assert stored[: len(ORDER[attribute])] == ORDER[attribute]
    else:
        assert stored == ORDER[attribute]


@pytest.mark.parametrize("name", ["order", "cancellation"])
def test_a_new_resource_is_where_the_location_says(played: Played, name: str) -> None:
    assert played.answers[name].headers["Location"] == body(played, name)["href"]
    assert body(played, f"{name} by id")["id"] == body(played, name)["id"]


def test_a_listener_is_where_the_location_says(played: Played) -> None:
    assert played.answers["listener"].headers["Location"].endswith(f"/hub/{body(played, 'listener')['id']}")
    assert body(played, "listener")["callback"]


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_finds_what_fits_and_nothing_else(played: Played, query: str) -> None:
    assert [order["externalId"] for order in found(played, f"orders with {query}")] == [ORDER["externalId"]]


def test_fields_selects_attributes(played: Played) -> None:
    assert {frozenset(order) for order in found(played, "fields of orders")} == {frozenset({"id", "href", "state"})}
    assert body(played, "fields of an order").keys() == {"id", "href", "state", "priority"}
    assert body(played, "fields of a cancellation").keys() == {"id", "href", "state"}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_its_counts(played: Played, name: str) -> None:
    answer = played.answers[name]
    assert int(answer.headers["X-Result-Count"]) == len(answer.json())
    assert int(answer.headers["X-Total-Count"]) >= len(answer.json())


def test_a_page_is_a_part_with_links_to_the_others(played: Played) -> None:
    page = played.answers["page of orders"]
    assert found(played, "page of orders") == found(played, "orders")[1:2]
    assert page.headers["X-Total-Count"] == played.answers["orders"].headers["X-Total-Count"]
    assert {"first", "prev", "next", "last"} == page.links.keys()


def test_a_list_is_sorted_as_asked(played: Played) -> None:
    dates = [order["orderDate"] for order in found(played, "sorted orders")]
    assert dates == sorted(dates, reverse=True)
    assert len(set(dates)) > 1


@pytest.mark.parametrize(
    ("head", "get"),
    [("order head", "order by id"), ("orders head", "orders"), ("cancellation head", "cancellation by id")],
)
def test_head_is_get_without_content(played: Played, head: str, get: str) -> None:
    assert played.answers[head].content == b""
    kept = ("Content-Type", "Content-Length", "X-Total-Count")
    assert [played.answers[head].headers.get(name) for name in kept] == [
        played.answers[get].headers.get(name) for name in kept
    ]


def test_a_patch_changes_what_it_has_and_null_removes(played: Played) -> None:
    assert (body(played, "patched order")["description"], body(played, "patched order")["category"]) == ("new", "x")
    now = body(played, "order without an attribute")
    assert "category" not in now
    assert now["description"] == "new"


def test_a_method_that_does_not_exist_names_those_that_do(played: Played) -> None:
    assert played.answers["put"].headers["Allow"] == "GET, HEAD, POST"


def test_a_body_that_cannot_be_read_names_what_can(played: Played) -> None:
    assert played.answers["text"].headers["Accept-Post"] == "application/json"


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_has_its_envelope_and_its_resource(played: Played, kind: str) -> None:
    event = played.events[kind]
    assert {"eventId", "eventTime", "eventType", "event"} <= event.keys()
    resource = event["event"]["cancelProductOrder" if kind.startswith("Cancel") else "productOrder"]
    assert {"id", "href", "state"} <= resource.keys()
