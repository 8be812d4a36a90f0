"""Outside development, no process starts with weak secrets, or with addresses that are not https."""

import re
import secrets
from base64 import b64encode
from collections.abc import Callable
from string import ascii_lowercase
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from models.db.encryption import KeyPurpose
from models.settings import Settings
from outbox.bootstrap import keyring_of

KEY = b64encode(secrets.token_bytes(32)).decode()
SIGNING_KEY = secrets.token_hex(16)
HTTPS = "https://dialtone.example.com"
COUNTED = b64encode(b"0123456789abcdef" * 2).decode()
WORDS = "change-me-change-me-change-me-please"


def _oauth(client_secret: str) -> dict[str, str]:
    return {"token_url": "https://c.test/token", "client_id": "d", "client_secret": client_secret}


CLIENT = _oauth(secrets.token_urlsafe(24))


def _carrier(**fields: Any) -> dict[str, Any]:
    secret = b64encode(secrets.token_bytes(24)).decode()
    carrier = {"code": "northwind", "name": "Northwind", "url": "https://c.test", "token": secrets.token_hex(8)}
    return {**carrier, "webhook_secret": f"whsec_{secret}", **fields}


def _settings(environment: str = "production", **fields: Any) -> Settings:
    strong = {"payload_keys": {"2026": KEY}, "link_keys": [SIGNING_KEY], "carriers": [_carrier()], "public_url": HTTPS}
    fields = strong | fields
    return Settings(environment=environment, DATABASE_URL="postgresql://db/x", **fields)


def test_strong_secrets_are_accepted() -> None:
    settings = _settings(payload_keys={"2026": KEY, "2027": b64encode(secrets.token_bytes(32)).decode()})
    assert settings.payload_keys["2026"].get_secret_value() == KEY


def test_a_strong_client_secret_is_accepted() -> None:
    assert _settings(carriers=[_carrier(token=None, oauth=_oauth(secrets.token_urlsafe(24)))]).carriers[0].oauth


@pytest.mark.parametrize("method", ["hmac", "url", "none"])
def test_each_way_to_verify_events_takes_a_strong_secret(method: str) -> None:
    secret = None if method == "none" else secrets.token_urlsafe(32)
    carrier = _settings(carriers=[_carrier(webhook_auth=method, webhook_secret=secret)]).carriers[0]
    assert carrier.webhook_auth == method


@pytest.mark.parametrize("fields", [
    {"webhook_auth": "none"}, {"webhook_auth": "hmac", "webhook_secret": None},
    {"webhook_auth": "url", "webhook_secret": "a/b?c" * 8},
])  # fmt: skip
def test_a_carrier_has_a_secret_exactly_if_events_are_verified_by_it(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="webhook_secret"):
        _settings("development", carriers=[_carrier(**fields)])


WEAK = [
    ("payload_keys", {}),
    ("payload_keys", {"2026": ""}),
    ("payload_keys", {"2026": "x"}),
    ("payload_keys", {"2026": "not base64, but long enough to be a key of 32 bytes"}),
    ("payload_keys", {"2026": b64encode(bytes(16)).decode()}),
    ("payload_keys", {"2026": b64encode(bytes(32)).decode()}),
    ("payload_keys", {"2026": b64encode(secrets.token_bytes(16)).decode()}),
    ("payload_keys", {"2026": KEY, "old": b64encode(b"abc" * 20).decode()}),
    ("payload_keys", {"dev": "ZGlhbHRvbmUtZGV2ZWxvcG1lbnQta2V5LTMyLWJ5dGU="}),
    ("link_keys", []),
    ("link_keys", [""]),
    ("link_keys", ["x"]),
    ("link_keys", ["development-signing-key"]),
    ("link_keys", [SIGNING_KEY, "a" * 64]),
    ("carriers", [_carrier(webhook_secret="")]),
    ("carriers", [_carrier(webhook_secret="whsec_")]),
    ("carriers", [_carrier(webhook_secret="whsec_no base64")]),
    ("carriers", [_carrier(webhook_secret=f"whsec_{b64encode(bytes(24)).decode()}")]),
    ("carriers", [_carrier(webhook_auth="hmac", webhook_secret="short")]),
    ("carriers", [_carrier(webhook_auth="hmac", webhook_secret="a" * 64)]),
    ("carriers", [_carrier(webhook_auth="url", webhook_secret="short")]),
    ("carriers", [_carrier(token=" ")]),
    # One byte or character too short, however random.
    ("payload_keys", {"2026": b64encode(secrets.token_bytes(31)).decode()}),
    ("link_keys", [SIGNING_KEY[:31]]),
    ("carriers", [_carrier(webhook_secret=f"whsec_{b64encode(secrets.token_bytes(23)).decode()}")]),
    ("carriers", [_carrier(webhook_auth="hmac", webhook_secret=SIGNING_KEY[:31])]),
    ("carriers", [_carrier(webhook_auth="url", webhook_secret=SIGNING_KEY[:31])]),
    ("carriers", [_carrier(token=None, oauth=_oauth(SIGNING_KEY[:15]))]),
    ("carriers", [_carrier(token="x")]),
    ("payload_keys", {"2026": COUNTED}),
    ("payload_keys", {"2026": b64encode(bytes(range(32))).decode()}),
    ("link_keys", [WORDS]),
    ("link_keys", [SIGNING_KEY[:16] * 2]),
    ("carriers", [_carrier(webhook_secret=f"whsec_{b64encode(b'abcdefgh' * 3).decode()}")]),
    ("carriers", [_carrier(webhook_auth="hmac", webhook_secret=WORDS)]),
    ("carriers", [_carrier(token=None, oauth=_oauth(secrets.token_hex(8)) | {"refresh_token": ""})]),
    ("smtp_password", ""),
    ("smtp_password", "hunter2"),
    ("smtp_oauth", _oauth("")),
    ("smtp_oauth", _oauth(secrets.token_hex(8)) | {"refresh_token": ""}),
    ("carriers", [_carrier(token=None, oauth=_oauth("x"))]),
    ("carriers", [_carrier(token=None, oauth=_oauth("a" * 40))]),
]


@pytest.mark.fault("51")
@pytest.mark.parametrize(("name", "value"), WEAK)
def test_a_weak_secret_is_rejected_by_the_name_of_its_setting(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as rejected:
        _settings(smtp_username="dialtone", **{name: value})
    assert f"DIALTONE_{name.upper()}" in str(rejected.value)
    assert SIGNING_KEY not in str(rejected.value)


@pytest.mark.fault("51")
@pytest.mark.parametrize("key_id", ["2026:1", ":", "", "a b", "a\n", "é"])
def test_a_key_id_is_what_stored_values_can_begin_with(key_id: str) -> None:
    with pytest.raises(ValidationError, match="payload_keys"):
        _settings("development", payload_keys={key_id: KEY})


@pytest.mark.fault("51")
@pytest.mark.parametrize("key_id", ["2026", "dev", "Key_1-b"])
def test_what_any_accepted_key_seals_can_be_opened(key_id: str) -> None:
    keyring = keyring_of(_settings("development", payload_keys={key_id: KEY}))
    sealed = keyring.seal(b"a:b", KeyPurpose.SECRET_ANSWERS, bound_to="x")
    assert keyring.open(sealed, KeyPurpose.SECRET_ANSWERS, bound_to="x") == b"a:b"


@pytest.mark.fault("51")
@pytest.mark.parametrize("address", ["http://c.test", "http://127.0.0.1:9000", "c.test", "ftp://c.test", ""])
@pytest.mark.parametrize(
    ("setting", "fields"),
    [
        ("DIALTONE_PUBLIC_URL", lambda address: {"public_url": address}),
        ("DIALTONE_CARRIERS.1.url", lambda address: {"carriers": [_carrier(), _carrier(url=address)]}),
        (
            "DIALTONE_CARRIERS.0.oauth.token_url",
            lambda address: {"carriers": [_carrier(token=None, oauth=CLIENT | {"token_url": address})]},
        ),
        (
            "DIALTONE_SMTP_OAUTH.token_url",
            lambda address: {
                "smtp_username": "d",
                "smtp_security": "tls",
                "smtp_oauth": CLIENT | {"token_url": address},
            },
        ),
    ],
)
def test_secrets_are_sent_encrypted_only(setting: str, fields: Callable[[str], dict[str, Any]], address: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(f"{setting} must begin with https://.")):
        _settings(**fields(address))
    assert _settings("development", **fields(address)).development
    assert _settings(**fields("https://c.test")).public_url.startswith("https://")


@pytest.mark.fault("51")
@pytest.mark.parametrize("environment", ["development", "production"])
@pytest.mark.parametrize(
    "address",
    ["", "temporal.example.com", "temporal.example.com:8233", "ftp://c.test", "https://", "https://[c", "http://c:x"],
)
def test_an_incomplete_url_of_the_temporal_ui_is_rejected_by_its_name(environment: str, address: str) -> None:
    with pytest.raises(ValidationError, match="DIALTONE_TEMPORAL_UI_URL must begin with http:// or https:// and a"):
        _settings(environment, temporal_ui_url=address)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8233", "https://temporal.example.com/ui/", "HTTPS://[::1]"])
def test_a_url_of_the_temporal_ui_is_accepted(address: str) -> None:
    assert _settings(temporal_ui_url=address).temporal_ui_url == address


@pytest.mark.parametrize(("name", "value"), WEAK)
def test_development_accepts_weak_secrets(name: str, value: Any) -> None:
    assert _settings("development", smtp_username="dialtone", **{name: value}).development


@pytest.mark.fault("51")
def test_the_url_of_the_site_is_set_outside_development() -> None:
    with pytest.raises(ValidationError, match="DIALTONE_PUBLIC_URL"):
        Settings(DATABASE_URL="postgresql://db/x", payload_keys={"2026": KEY}, link_keys=[SIGNING_KEY])


@pytest.mark.fault("51")
def test_a_secret_of_any_setting_is_judged() -> None:
    """Also one that is added later, at any depth."""

    class Inner(BaseModel):
        secrets_by_name: dict[str, list[SecretStr]]

    class Later(Settings):
        later: Inner

    with pytest.raises(ValidationError, match=r"DIALTONE_LATER\.secrets_by_name\.b\.1"):
        Later(
            **_settings().model_dump(),
            DATABASE_URL="postgresql://db/x",
            later={"secrets_by_name": {"b": [secrets.token_hex(8), "weak"]}},
        )


def test_hardly_any_random_secret_is_called_weak() -> None:
    for _ in range(1000):
        _settings(
            payload_keys={"2026": b64encode(secrets.token_bytes(32)).decode()},
            link_keys=[secrets.token_hex(16), secrets.token_urlsafe(24)],
            smtp_security="tls",
            smtp_username="dialtone",
            smtp_password="".join(secrets.choice(ascii_lowercase) for _ in range(16)),
        )


LOGINS = [
    {"smtp_username": "orders"},
    {"smtp_username": "orders", "smtp_password": secrets.token_hex(8)},
    {"smtp_username": "orders", "smtp_oauth": _oauth(secrets.token_hex(8))},
]


@pytest.mark.fault("40", "51")
@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("security", [{}, {"smtp_security": "auto"}, {"smtp_security": "none"}])
def test_no_process_logs_in_to_the_email_server_unencrypted(login: dict[str, Any], security: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="DIALTONE_SMTP_SECURITY"):
        _settings(**login, **security)
    assert _settings("development", **login, **security).development


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("login", LOGINS)
def test_a_login_to_the_email_server_is_accepted_with_encryption(login: dict[str, Any], security: str) -> None:
    assert _settings(**login, smtp_security=security).smtp_security == security


@pytest.mark.parametrize("security", ["auto", "none"])
def test_an_email_server_without_a_login_needs_no_encryption(security: str) -> None:
    assert _settings(smtp_security=security).smtp_security == security
