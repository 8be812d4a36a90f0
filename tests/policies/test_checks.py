"""The values of `policies/checks/`: each error code has a test, and each type needs the facts of its checks."""

import ast
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models import questions
from models.optional_facts.carriers import CARRIER_RULES
from models.optional_facts.suspensions import SUSPENSIONS
from models.order_type import Variant
from models.registry import load
from policies.check import PACKAGE, Check
from policies.eligibility import needs
from tests.fixtures import covers
from tests.policies.sample_facts import NEW_LINE
from tests.policies.test_line_checks import SUSPEND
from tests.project_files import ROOT

_CODE = re.compile(r"[A-Z]+(_[A-Z]+)+")


def _pytest(*args: str | Path) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *args]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout


def test_every_error_code_is_covered_by_a_test() -> None:
    folders = ("tests/policies", "tests/workflows/order_types", "tests/api/orders", "tests/api/people")
    output = _pytest("--collect-only", "-q", *folders)
    (line,) = (line for line in output.splitlines() if line.startswith(covers.COVERED))
    given = {code for check in load(PACKAGE, Check).values() for code in check.errors}
    given |= {question.invalid_code for question in questions.all_by_code().values()}
    assert given - set(line.removeprefix(covers.COVERED).split()) == set()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("FieldError(code='LINE_NOT_ACTIVE', field=None, detail='')", "1 passed"),
        ("FieldError(code='LINE_NOT_IN_USE', field=None, detail='')", "1 failed"),
        ("pass", "1 failed"),
    ],
)
def test_a_marked_test_fails_unless_the_code_occurs(tmp_path: Path, body: str, outcome: str) -> None:
    source = f"""
import pytest
from models.errors import FieldError

@pytest.mark.covers("LINE_NOT_ACTIVE")
def test_marked():
    {body}
"""
    (tmp_path / "test_marked.py").write_text(source)
    assert outcome in _pytest("-p", covers.__name__, tmp_path / "test_marked.py")


@pytest.mark.parametrize("path", sorted((ROOT / "policies" / "checks").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_a_check_declares_exactly_the_errors_it_gives(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    declared = {code for call in calls if _name(call) in {"Check", "status_check"} for code in _codes(call)}
    given = {code for call in calls if _name(call) in {"FieldError", "item_error"} for code in _codes(call)}
    assert declared
    assert given == declared or path.stem == "line_status", "only `status_check` gives the error that it is called with"


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _codes(call: ast.Call) -> set[str]:
    texts = (node.value for node in ast.walk(call) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {text for text in texts if _CODE.fullmatch(text)}


def test_a_type_needs_the_facts_of_its_checks_and_of_those_of_its_variants() -> None:
    assert needs(NEW_LINE) == ()
    assert needs(SUSPEND) == (SUSPENSIONS, CARRIER_RULES)
    variant = Variant(question="sim_type", equals="eSIM", changes={"checks": ("within_carriers_rule",)})
    assert needs(replace(NEW_LINE, variants=(variant,))) == (SUSPENSIONS, CARRIER_RULES)
