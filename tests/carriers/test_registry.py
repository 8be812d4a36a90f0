"""Carriers are built from what the composition root was told."""

import pytest

from carriers.registry import Connection, build, close
from tests.demo.simulator.simulator_client import SECRET


def to(code: str, adapter: str = "tmf622") -> Connection:
    return Connection(
        code=code, name=code.title(), url="http://carrier", token="secret", webhook_secret=SECRET, adapter=adapter
    )


async def test_every_connection_is_a_carrier_by_its_code() -> None:
    carriers = build([to("northwind"), to("summit")])
    assert {code: carrier.name for code, carrier in carriers.items()} == {"northwind": "Northwind", "summit": "Summit"}
    await close(carriers)


def test_an_adapter_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="carrier northwind: there is no adapter 'telegraph', only tmf622"):
        build([to("northwind", "telegraph")])


def test_a_code_used_twice_is_named() -> None:
    with pytest.raises(ValueError, match="northwind is configured twice"):
        build([to("northwind"), to("northwind")])


def test_a_connection_does_not_show_its_secrets() -> None:
    assert "secret" not in repr(to("northwind")).replace("webhook_secret", "")
    assert SECRET not in repr(to("northwind"))
