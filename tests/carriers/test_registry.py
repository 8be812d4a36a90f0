import pytest
from pydantic import SecretStr

from carriers.registry import build, close
from models.settings import CarrierSettings, WebhookSecret
from tests.demo.simulator.simulator_client import SECRET


def to(code: str, adapter: str = "tmf622") -> CarrierSettings:
    return CarrierSettings(
        code=code,
        name=code.title(),
        url="http://carrier",
        token=SecretStr("secret"),
        webhook_secret=WebhookSecret(SECRET),
        adapter=adapter,
    )


async def test_carriers_are_built_by_code() -> None:
    carriers = build([to("northwind"), to("summit")])
    assert {code: carrier.name for code, carrier in carriers.items()} == {"northwind": "Northwind", "summit": "Summit"}
    await close(carriers)


def test_an_unknown_adapter_is_an_error() -> None:
    with pytest.raises(ValueError, match="carrier northwind: unknown adapter 'telegraph', use one of tmf622"):
        build([to("northwind", "telegraph")])


def test_a_duplicate_code_is_an_error() -> None:
    with pytest.raises(ValueError, match="northwind is configured twice"):
        build([to("northwind"), to("northwind")])


def test_the_repr_of_a_connection_has_no_secrets() -> None:
    assert "secret" not in repr(to("northwind")).replace("webhook_secret", "")
    assert SECRET not in repr(to("northwind"))
