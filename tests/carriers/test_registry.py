from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from carriers.registry import build, check_actions, close
from models.order_type import Variant
from models.registry import UnknownWordError
from models.settings import CarrierSettings
from models.step import Place
from tests.demo.simulator.simulator_client import SECRET
from workflows.order_type_registry import order_type, order_types_by_code


def to(code: str, adapter: str = "tmf622") -> CarrierSettings:
    return CarrierSettings(
        code=code,
        name=code.title(),
        url="http://carrier",
        token=SecretStr("secret"),
        webhook_secret=SecretStr(SECRET),
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


def test_every_order_type_names_a_carrier_action_that_exists() -> None:
    check_actions(order_types_by_code().values())


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": (Place("susspend"),)},
        {"variants": (Variant(question="billing", equals=False, changes={"steps": (Place("susspend"),)}),)},
    ],
    ids=["type", "variant"],
)
def test_an_unknown_carrier_action_names_the_nearest(changes: dict[str, Any]) -> None:
    with pytest.raises(UnknownWordError, match="has no CarrierAction 'susspend'; did you mean 'suspend'"):
        check_actions([replace(order_type("SERVICE_SUSPEND"), **changes)])


def test_the_repr_of_a_connection_has_no_secrets() -> None:
    assert "secret" not in repr(to("northwind")).replace("webhook_secret", "")
    assert SECRET not in repr(to("northwind"))
