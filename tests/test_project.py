"""The project as a whole: locks, file sizes, names, and a README map that is true."""

import ast
import re
import statistics
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project_files import ROOT, product_modules, project_files, project_texts

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PYPROJECT["project"]["dependencies"]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-bench.txt")
MAX_LINES, MAX_MEDIAN = 400, 90
# Locks, the schema, and the standard's own definition have the length they have.

NAMES_WITHOUT_PURPOSE = {"util", "utils", "common", "core", "helper", "helpers", "misc", "service", "services"}
# What every feature may have a module of.
FEATURE_MODULES = {"__init__", "__main__", "routes", "pages", "schemas", "operations", "exports", "tables"}
MAX_FEATURES = 2
# Folders of values, whose modules are named by the values' theme: `plan` holds the questions, the checks, … of plans.
WORD_FOLDERS = {
    "models/questions", "models/effects", "models/events", "models/flags", "models/rule_kinds", "models/tasks",
    "models/db/facts",
    "policies/checks", "policies/defaults", "policies/approval_plans", "policies/flag_rules",
    "carriers/tmf622/actions", "demo/simulator/actions", "workflows/order_types",
}  # fmt: skip
MACHINE_PATH = re.compile(r"/(?:work|root|farm|home)/[a-z.]")
PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>\S+)(?P<rest>.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
# Where an order type may be named besides its own file: what shows it at work.
MAY_NAME_TYPES = {"tests", "demo", "bench", "docs"}
# What a session does to the database; models/db alone may do it.
STATEMENTS = {"add", "add_all", "delete", "exec", "execute", "flush", "get", "get_one", "merge", "refresh", "scalar"}


def _group(name: str) -> Iterator[str]:
    """What a group requires, with the groups it includes."""
    for entry in PYPROJECT["dependency-groups"][name]:
        yield from [entry] if isinstance(entry, str) else _group(entry["include-group"])


def _pins(lock: str) -> dict[str, re.Match[str]]:
    return {pin["name"]: pin for pin in PIN.finditer((ROOT / lock).read_text())}


@pytest.mark.parametrize(
    ("lock", "required_texts"),
    [
        ("requirements.txt", RUNTIME),
        ("requirements-dev.txt", [*RUNTIME, *_group("dev")]),
        ("requirements-bench.txt", [*_group("bench")]),
    ],
)
def test_a_lock_pins_what_pyproject_requires_and_nothing_else(lock: str, required_texts: list[str]) -> None:
    pins = _pins(lock)
    required = {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, required_texts)}
    for name, requirement in required.items():
        assert pins[name]["version"] in requirement.specifier, f"make lock: {requirement}"
    assert {name for name, pin in pins.items() if "dialtone (pyproject" in pin["rest"]} == set(required)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_a_hash_for_every_version_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash=sha256:", ""), re.MULTILINE)
    assert all("--hash=sha256:" in pin["rest"] for pin in _pins(lock).values())


def test_both_locks_agree() -> None:
    development = _pins("requirements-dev.txt")
    assert all(development[name]["version"] == pin["version"] for name, pin in _pins("requirements.txt").items())


def test_the_lock_of_the_benchmark_changes_no_version_of_the_others() -> None:
    development, benchmark = _pins("requirements-dev.txt"), _pins("requirements-bench.txt")
    shared = development.keys() & benchmark.keys()
    assert shared
    assert all(development[name]["version"] == benchmark[name]["version"] for name in shared)


def test_no_file_has_more_than_400_lines() -> None:
    lengths = {str(path): text.count("\n") for path, text in project_texts() if path.name not in LOCKS}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_the_median_module_is_short() -> None:
    assert statistics.median((ROOT / path).read_text().count("\n") for path, _ in product_modules()) <= MAX_MEDIAN


def test_every_name_says_its_purpose() -> None:
    named = [path for path in project_files() if {part.split(".")[0] for part in path.parts} & NAMES_WITHOUT_PURPOSE]
    assert named == []


def test_a_class_name_means_one_thing() -> None:
    defined: defaultdict[str, list[str]] = defaultdict(list)
    for path, tree in product_modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                defined[node.name].append(str(path))
    assert {name: paths for name, paths in defined.items() if len(paths) > 1} == {}


def test_a_module_name_appears_in_at_most_two_features() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path, _ in product_modules():
        if str(path.parent) not in WORD_FOLDERS:
            places[path.stem].append(str(path.parent))
    often = {name: found for name, found in places.items() if len(found) > MAX_FEATURES}
    assert {name: found for name, found in often.items() if name not in FEATURE_MODULES} == {}


def test_only_models_db_sends_statements() -> None:
    found = [
        f"{path}:{node.lineno} session.{node.func.attr}"
        for path, tree in product_modules()
        if path.parts[:2] != ("models", "db") and path.parts[0] != "bench"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in STATEMENTS
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "session"
    ]
    assert found == []


def _imported(tree: ast.Module) -> Iterator[str]:
    """The names of all modules that a module imports, also while it runs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


@pytest.mark.fault("38")
def test_nothing_that_runs_in_production_imports_the_demo() -> None:
    """An import contract says so of the packages; this includes the worker, which is a module of its own."""
    found = [
        str(path)
        for path, tree in product_modules()
        if path.parts[0] not in {"demo", "bench"} and path.parts != ("cli", "demo.py")
        if any(name.split(".")[0] == "demo" for name in _imported(tree))
    ]
    assert found == []


@pytest.mark.fault("21")
def test_the_api_reads_or_repeats() -> None:
    """`Database.transaction` may write, and is not repeated after a conflict."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in product_modules()
        if path.parts[0] == "api"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"transaction", "engine"}
    ]
    assert found == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert [str(path) for path, text in project_texts() if MACHINE_PATH.search(text)] == []


def test_the_map_of_the_readme_names_the_folders_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    (section,) = re.findall(r"(?ims)^## [^\n]*\bmap\b[^\n]*$(.*?)(?=^## |\Z)", readme)
    folders = {path.parts[0] for path in project_files() if len(path.parts) > 1}
    assert set(re.findall(r"(?<![\w/])([a-z]+)/", section)) >= folders
    assert all((ROOT / name).is_dir() for name in re.findall(r"`([a-z]+)/`", section))


def test_every_make_target_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (targets,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert set(re.findall(r"^([a-z-]+):.* ## ", makefile, re.MULTILINE)) == set(targets.split())


def _code_words(path: Path, text: str) -> Iterator[str]:
    """The names and strings of a Python file, documentation left out; the whole text of any other file."""
    if path.suffix != ".py":
        yield text
        return
    tree = ast.parse(text)
    documented = {id(inside) for node in ast.walk(tree) if _is_documentation(node) for inside in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.value


def _is_documentation(node: ast.AST) -> bool:
    """Whether a node is a docstring, or an example in the API's description."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.keyword(arg="examples"):
            return True
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name.startswith("EXAMPLE")
    return False


def test_an_order_type_is_named_in_its_own_file_alone() -> None:
    declared = "".join(path.read_text() for path in (ROOT / "workflows" / "order_types").glob("[!_]*.py"))
    names = re.findall(r'\bcode="(\w+)"', declared)
    assert names
    codes = re.compile(rf"\b(?:{'|'.join(names)})\b")
    elsewhere = (
        (path, text)
        for path, text in project_texts()
        if path.suffix in {".py", ".html", ".js"}
        and path.parts[0] not in MAY_NAME_TYPES
        and path.parts[:2] != ("workflows", "order_types")
        and "migrations" not in path.parts  # SQL has words that are codes, too
    )
    found = [(str(path), word) for path, text in elsewhere for word in _code_words(path, text) if codes.search(word)]
    assert found == []
