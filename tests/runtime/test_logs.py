import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from notifications.links import mask
from runtime import logs

SIGNED = "IjAxSkQ3Wjk.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def told(capfd: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The one line that was written."""
    (line,) = capfd.readouterr().err.splitlines()
    read: dict[str, object] = json.loads(line)
    return read


def test_a_line_says_who_did_what_to_which_order(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(as_json=True, mask=mask)
    with structlog.contextvars.bound_contextvars(order="D7K-4F2", tenant="acme", actor="P1", request_id="R1"):
        structlog.get_logger("api.access").info("request", status=200)
    line = told(capfd)
    assert line.pop("timestamp")
    assert line == {
        "event": "request",
        "status": 200,
        "level": "info",
        "logger": "api.access",
        "order": "D7K-4F2",
        "tenant": "acme",
        "actor": "P1",
        "request_id": "R1",
    }


def test_libraries_log_the_same_way(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(as_json=True, mask=mask)
    with structlog.contextvars.bound_contextvars(order_id="O1"):
        logging.getLogger("temporalio.activity").warning("%s", "failed", extra={"temporal_activity": {"attempt": 2}})
    line = told(capfd)
    assert (line["event"], line["logger"], line["order_id"]) == ("failed", "temporalio.activity", "O1")
    assert line["temporal_activity"] == {"attempt": 2}


@pytest.mark.parametrize("path", ["/approve/", "/sign-in/"])
@pytest.mark.parametrize("as_json", [True, False])
def test_no_signed_link_is_shown_wherever_it_stands(
    capfd: pytest.CaptureFixture[str], path: str, *, as_json: bool
) -> None:
    logs.configure(as_json=as_json, mask=mask)
    address = f"http://d.test{path}{SIGNED}"
    logging.getLogger("uvicorn.access").info('%s - "%s %s"', "10.0.0.1:5", "GET", f"{path}{SIGNED}?x=1")
    structlog.get_logger().info(f"see {address}", where={"deep": [address]})
    structlog.get_logger().error("failed", exc_info=RuntimeError(address))
    shown = capfd.readouterr().err
    assert SIGNED not in shown
    assert shown.count(path) >= len(("access", "text", "field", "trace"))


@pytest.mark.parametrize("name", sorted(logs.SECRETS))
def test_what_is_called_a_secret_is_not_shown(capfd: pytest.CaptureFixture[str], name: str) -> None:
    logs.configure(as_json=True, mask=mask)
    structlog.get_logger().info("said", **{name: "hunter2", "nested": {name.upper(): "hunter2"}})
    shown = capfd.readouterr().err
    assert "hunter2" not in shown
    assert name in shown


def test_a_trace_shows_where_and_not_with_what(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(as_json=True, mask=mask)
    try:
        _fail("hunter2")
    except RuntimeError:
        structlog.get_logger().exception("failed")
    shown = capfd.readouterr().err
    assert "_fail" in shown
    assert "hunter2" not in shown


def test_calls_to_carriers_are_not_listed_with_their_addresses(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(as_json=True, mask=mask)
    logging.getLogger("httpx2").info("HTTP Request: GET http://carrier/secret")
    assert capfd.readouterr().err == ""


def _fail(held: str) -> None:
    raise RuntimeError(str(len(held)))
