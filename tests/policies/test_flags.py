import re
from decimal import Decimal

import pytest

from models.facts import Facts
from models.flag import Flag, flag_text
from models.product import ProductKind
from models.questions.products import PLAN
from models.registry import load
from policies.choices import choices
from policies.flag_rule import FlagRule, raised
from policies.pricing import quote
from tests.policies.sample_facts import PRODUCTS, answering, changing_plan, facts, policy, product, selling

ODD = product("ODD", ProductKind.PLAN, monthly="20.00", in_policy=False)
CHEAP = product("CASE", ProductKind.ACCESSORY, "40.00", in_policy=False)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (facts(), ()),
        (selling(CHEAP), ()),
        (
            answering({"accessories": ["CASE"]}, products={one.sku: one for one in (*PRODUCTS, CHEAP)}),
            ("OUT_OF_POLICY",),
        ),
        (changing_plan("ODD", products={one.sku: one for one in (*PRODUCTS, ODD)}), ("OUT_OF_POLICY",)),
        (changing_plan("ODD", present="ODD", products={one.sku: one for one in (*PRODUCTS, ODD)}), ()),
        (facts(policy=policy(threshold=Decimal("1200.00"))), ("OVER_THRESHOLD",)),
        (facts(policy=policy(threshold=Decimal("1200.01"))), ()),
        (facts(policy=policy(device_cap=Decimal("480.00"))), ()),
        (facts(policy=policy(device_cap=Decimal("479.99"))), ("OVER_DEVICE_CAP",)),
        (facts(lines_held=2), ("OVER_LINE_ALLOWANCE",)),
        (changing_plan("LARGE", policy=policy(threshold=Decimal("360.01"))), ()),
        (changing_plan("LARGE", policy=policy(threshold=Decimal("360.00"))), ("OVER_THRESHOLD",)),
    ],
)
def test_an_unusual_order_is_flagged(known: Facts, expected: tuple[str, ...]) -> None:
    assert tuple(rule.code for rule in raised(known, quote(known))) == expected


def test_every_flag_has_a_rule_that_raises_it() -> None:
    assert {rule.flag for rule in load("policies.flag_rules", FlagRule).values()} == set(
        load("models.flags", Flag).values()
    )


def test_a_flag_is_a_sentence_also_when_it_is_no_longer_defined() -> None:
    texts = [flag.text for flag in load("models.flags", Flag).values()]
    assert [text for text in texts if not re.fullmatch(r"[A-Z].+\.", text)] == []
    assert flag_text("OVER_BUDGET") == "Over budget"


def test_a_plan_is_not_on_a_line_because_its_sku_is_a_part_of_another() -> None:
    hidden = product("PLA", ProductKind.PLAN, visible=False, in_policy=False)
    (choice,) = choices(changing_plan("PLA", products={"PLA": hidden}), PLAN)
    assert (choice.product, choice.present) == (None, False)
