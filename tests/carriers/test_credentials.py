"""How Dialtone shows a carrier who it is."""

from typing import Any

import httpx2
import pytest
from pydantic import SecretStr, ValidationError

from carriers.credentials import OAuthToken
from carriers.rate_limit import RateLimit
from carriers.tmf622.client import TmfClient
from models.errors import CarrierUnavailable
from models.settings import CarrierSettings, OAuthSettings, WebhookSecret
from tests.demo.simulator.simulator_client import SECRET

pytestmark = pytest.mark.fault("11")
OAUTH = OAuthSettings(
    token_url="https://login.example.com/token", client_id="dialtone", client_secret=SecretStr("s"), scope="orders"
)


class Carrier:
    """Accepts the tokens that it has issued and not revoked; `forms` are the requests for one."""

    def __init__(self, expires_in: int = 3600) -> None:
        self.expires_in = expires_in
        self.forms: list[str] = []
        self.valid: set[str] = set()
        self.posts: list[str] = []
        self.token_status = 200
        self.rejects_all = False

    def issue(self, request: httpx2.Request) -> httpx2.Response:
        self.forms.append(request.content.decode())
        if self.token_status != 200:
            return httpx2.Response(self.token_status, json={"error": "invalid_client"})
        token = f"t{len(self.forms)}"
        self.valid = {token}
        return httpx2.Response(200, json={"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in})

    def respond(self, request: httpx2.Request) -> httpx2.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.posts.append(token)
        return httpx2.Response(201 if token in self.valid and not self.rejects_all else 401, json={})


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def client(carrier: Carrier) -> TmfClient:
    return client_of(carrier)


def client_of(carrier: Carrier) -> TmfClient:
    credentials = OAuthToken("Northwind", OAUTH)
    credentials._source._client._transport = httpx2.MockTransport(carrier.issue)
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(carrier.respond))
    return TmfClient("Northwind", "http://carrier", credentials, RateLimit(1000), http)


async def post(client: TmfClient) -> Any:
    return await client.post("/productOrder", {})


async def test_a_token_is_fetched_once_and_kept(carrier: Carrier, client: TmfClient) -> None:
    for _ in range(3):
        await post(client)
    assert carrier.posts == ["t1"] * 3
    (form,) = carrier.forms
    assert {"grant_type=client_credentials", "scope=orders"} <= set(form.split("&"))


async def test_a_token_is_renewed_before_it_expires() -> None:
    carrier = Carrier(expires_in=30)
    client = client_of(carrier)
    for _ in range(2):
        await post(client)
    assert carrier.posts == ["t1", "t2"]


async def test_a_token_that_the_carrier_rejects_is_renewed_once(carrier: Carrier, client: TmfClient) -> None:
    await post(client)
    carrier.valid.clear()
    await post(client)
    assert carrier.posts == ["t1", "t1", "t2"]
    carrier.rejects_all = True
    with pytest.raises(CarrierUnavailable, match="401") as caught:
        await post(client)
    assert caught.value.nothing_done
    assert len(carrier.forms) == 3


@pytest.mark.parametrize("status", [401, 503])
async def test_without_a_token_the_carrier_is_not_called(carrier: Carrier, client: TmfClient, status: int) -> None:
    carrier.token_status = status
    with pytest.raises(CarrierUnavailable, match="no access token") as caught:
        await post(client)
    assert caught.value.nothing_done
    assert carrier.posts == []


def _settings(**fields: Any) -> CarrierSettings:
    return CarrierSettings(code="n", name="N", url="http://c", webhook_secret=WebhookSecret(SECRET), **fields)


@pytest.mark.parametrize("fields", [{}, {"token": "t", "oauth": OAUTH}])
def test_a_carrier_has_one_kind_of_credentials(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="needs either a token or oauth"):
        _settings(**fields)


def test_the_client_secret_is_not_shown() -> None:
    oauth = OAUTH.model_copy(update={"client_secret": SecretStr("hush-hush")})
    assert "hush" not in repr(_settings(oauth=oauth))


async def test_an_address_that_is_subscribed_already_is_fine() -> None:
    answers = [409, 201]
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: httpx2.Response(answers.pop(0), json={})))
    carrier = OAuthToken("Northwind", OAUTH)
    carrier._source._client._transport = httpx2.MockTransport(Carrier().issue)
    client = TmfClient("Northwind", "http://carrier", carrier, RateLimit(1000), http)
    for _ in range(2):
        await client.ensure("/hub", {"callback": "https://dialtone.example.com"})
    assert answers == []
