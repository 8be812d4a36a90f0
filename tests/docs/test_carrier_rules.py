import re

from models.carrier_rule import RuleKind, rule_kinds
from tests.project_files import ROOT


def _row(kind: RuleKind) -> tuple[str, ...]:
    values = ", ".join(kind.units or kind.type.schema.get("enum", ())) or "a phone number"
    return (kind.code, kind.label, "yes" if kind.by_reason else "no", values)


def test_the_page_lists_every_kind_of_rule() -> None:
    page = (ROOT / "docs" / "carrier-rules.md").read_text()
    rows = [tuple(row.split(" | ")) for row in re.findall(r"^\| ([a-z_]+ \| .*) \|$", page, re.MULTILINE)]
    assert rows[0][0] == "code"
    assert rows[1:] == sorted(map(_row, rule_kinds().values()))
