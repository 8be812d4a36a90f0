import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from models import questions
from notifications.links import mask
from runtime import logs

SIGNED = "IjAxSkQ3Wjk.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def logged(capfd: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The only line written."""
    (line,) = capfd.readouterr().err.splitlines()
    fields: dict[str, object] = json.loads(line)
    return fields


def test_a_line_has_the_bound_fields(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(as_json=True, mask=mask)
    with structlog.contextvars.bound_contextvars(order="D7K-4F2", tenant="acme", actor="P1", request_id="R1"):
        structlog.get_logger("api.access").info("request", status=200)
    line = logged(capfd)
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
    line = logged(capfd)
    assert (line["event"], line["logger"], line["order_id"]) == ("failed", "temporalio.activity", "O1")
    assert line["temporal_activity"] == {"attempt": 2}


@pytest.mark.parametrize("path", ["/approve/", "/sign-in/"])
@pytest.mark.parametrize("as_json", [True, False])
def test_signed_links_are_masked_everywhere(capfd: pytest.CaptureFixture[str], path: str, *, as_json: bool) -> None:
    logs.configure(as_json=as_json, mask=mask)
    address = f"http://d.test{path}{SIGNED}"
    logging.getLogger("uvicorn.access").info('%s - "%s %s"', "10.0.0.1:5", "GET", f"{path}{SIGNED}?x=1")
    structlog.get_logger().info(f"see {address}", where={"deep": [address]})
    structlog.get_logger().error("failed", exc_info=RuntimeError(address))
    output = capfd.readouterr().err
    assert SIGNED not in output
    assert output.count(path) >= len(("access", "text", "field", "trace"))


@pytest.mark.parametrize("name", sorted(logs.SECRETS))
def test_the_values_of_secret_fields_are_not_logged(capfd: pytest.CaptureFixture[str], name: str) -> None:
    logs.configure(as_json=True, mask=mask)
    structlog.get_logger().info("created", **{name: "hunter2", "nested": {name.upper(): "hunter2"}})
    output = capfd.readouterr().err
    assert "hunter2" not in output
    assert name in output


def test_the_answers_of_private_questions_are_not_logged(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(as_json=True, mask=mask, secrets=questions.private_codes())
    structlog.get_logger().info("answered", iccid="89014103211118510720", ship_to={"city": "Chicago"}, plan="BASIC")
    assert {"iccid": "…", "ship_to": "…", "plan": "BASIC"}.items() <= logged(capfd).items()


def test_a_traceback_has_no_local_variables(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(as_json=True, mask=mask)
    try:
        _fail("hunter2")
    except RuntimeError:
        structlog.get_logger().exception("failed")
    output = capfd.readouterr().err
    assert "_fail" in output
    assert "hunter2" not in output


def test_http_clients_do_not_log_urls(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(as_json=True, mask=mask)
    logging.getLogger("httpx2").info("HTTP Request: GET http://carrier/secret")
    assert capfd.readouterr().err == ""


def _fail(secret: str) -> None:
    raise RuntimeError(str(len(secret)))
