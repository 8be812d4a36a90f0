"""Fixtures of the API tests: the application over the sample company, with a recording dispatcher."""

from base64 import b64encode
from collections.abc import Iterator
from typing import NoReturn

import pytest
import structlog
from pwdlib.hashers.argon2 import Argon2Hasher
from temporalio.client import Client

from api.app import create_app
from api.auth.passwords import Passwords
from api.deps import Services
from demo.company import create_logins
from models.db import session
from models.db.encryption import Keyring
from models.db.session import Database
from notifications.links import Signer
from outbox.temporal_client import data_converter
from tests.api.api_client import ApiTenant, RecordingDispatcher
from tests.api.signed_out_browser import Clock, Portal
from tests.fakes import FakeCarrier
from workflows.order_type_registry import order_types_by_code


def _drop(*_: object) -> NoReturn:
    raise structlog.DropEvent


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Discard log lines unless a test captures them: rendering tracebacks takes seconds."""
    structlog.configure(processors=[_drop])
    yield
    structlog.reset_defaults()


KEYRING = Keyring({"test": b64encode(b"0123456789abcdef").decode()})
# The cheapest argon2 parameters: tests hash many passwords.
PASSWORDS = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
TEMPORAL_UI = "http://127.0.0.1:8233"


async def services(database: Database, dispatcher: RecordingDispatcher, **changes: object) -> Services:
    """Services over a database; nothing listens at the Temporal address."""
    temporal = await Client.connect("127.0.0.1:1", lazy=True, data_converter=data_converter(KEYRING))
    parts: dict[str, object] = {
        "database": database,
        "dispatcher": dispatcher,
        "temporal": temporal,
        "signer": Signer(["test-signing-key"], "http://dialtone.test"),
        "keyring": KEYRING,
        "carriers": {"northwind": FakeCarrier(), "bluepeak": FakeCarrier(code="bluepeak", name="BluePeak")},
        "order_types": order_types_by_code(),
        "public_url": "http://dialtone.test",
        "temporal_ui_url": TEMPORAL_UI,
        "passwords": PASSWORDS,
        "development": True,
    }
    return Services(**{**parts, **changes})  # type: ignore[arg-type] # fakes and overrides


@pytest.fixture
async def office(company: Database) -> ApiTenant:
    dispatcher = RecordingDispatcher()
    return ApiTenant(create_app(await services(company, dispatcher)), company, dispatcher)


@pytest.fixture
async def portal(company: Database) -> Portal:
    """The office, whose people can sign in."""
    await create_logins(company, KEYRING, PASSWORDS)
    dispatcher, clock = RecordingDispatcher(), Clock()
    app = create_app(await services(company, dispatcher, now=clock))
    return Portal(app, company, dispatcher, clock=clock)


@pytest.fixture
def many_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat a transaction until each of its tables has had a conflict."""
    monkeypatch.setattr(session, "CONFLICT_DELAYS", (0.0,) * 30)
