"""The project as a whole: locks that hold, files of a readable size, rooms with a purpose, a map that is true."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
TEXT = {".py", ".md", ".html", ".css", ".js", ".txt", ".toml", ".mako", ".sh", ""}
LOCKS = ("requirements.txt", "requirements-dev.txt")
GENERATED = {*LOCKS, "0001_schema.py"}
LONGEST = 400
ROOMS_WITHOUT_PURPOSE = {"util", "utils", "common", "core", "helper", "helpers", "misc", "service", "services"}
MACHINE_PATH = re.compile(r"/(?:work|root|farm|home)/[a-z.]")
PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>\S+)(?P<rest>.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
# The places that may know an order type by its name: its own file, and what is there to show it at work.
MAY_NAME_TYPES = {"tests", "demo", "bench", "docs"}


def _files() -> Iterator[Path]:
    """Every file of the project, as a path below its root; nothing hidden, built or installed."""
    for path in sorted(ROOT.rglob("*")):
        below = path.relative_to(ROOT)
        inside = not any(part.startswith((".", "__pycache__")) or part.endswith(".egg-info") for part in below.parts)
        if inside and path.is_file():
            yield below


def _texts() -> Iterator[tuple[Path, str]]:
    yield from ((path, (ROOT / path).read_text()) for path in _files() if path.suffix in TEXT)


def _wanted(group: str) -> list[Requirement]:
    """What pyproject.toml asks for directly, with the groups a group includes."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = document["dependency-groups"]

    def of(name: str) -> Iterator[str]:
        for entry in groups[name]:
            yield from [entry] if isinstance(entry, str) else of(entry["include-group"])

    return [Requirement(text) for text in [*document["project"]["dependencies"], *(of(group) if group else ())]]


def _pins(lock: str) -> dict[str, re.Match[str]]:
    return {pin["name"]: pin for pin in PIN.finditer((ROOT / lock).read_text())}


@pytest.mark.parametrize(("lock", "group"), [("requirements.txt", ""), ("requirements-dev.txt", "dev")])
def test_a_lock_holds_what_the_project_asks_for_and_nothing_it_no_longer_does(lock: str, group: str) -> None:
    pins = _pins(lock)
    wanted = {canonicalize_name(requirement.name): requirement for requirement in _wanted(group)}
    for name, requirement in wanted.items():
        assert pins[name]["version"] in requirement.specifier, f"make lock: {requirement}"
    assert {name for name, pin in pins.items() if "dialtone (pyproject" in pin["rest"]} == set(wanted)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_a_hash_for_every_version_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash=sha256:", ""), re.MULTILINE)
    assert all("--hash=sha256:" in pin["rest"] for pin in _pins(lock).values())


def test_both_locks_agree() -> None:
    development = _pins("requirements-dev.txt")
    assert all(development[name]["version"] == pin["version"] for name, pin in _pins("requirements.txt").items())


def test_no_file_is_too_long_to_read() -> None:
    assert {
        str(path): lines
        for path, text in _texts()
        if path.name not in GENERATED and (lines := text.count("\n")) > LONGEST
    } == {}


def test_every_room_says_what_it_is_for() -> None:
    assert [path for path in _files() if {part.split(".")[0] for part in path.parts} & ROOMS_WITHOUT_PURPOSE] == []


def test_nothing_names_a_path_of_one_machine() -> None:
    assert [str(path) for path, text in _texts() if MACHINE_PATH.search(text)] == []


def test_the_map_of_the_readme_names_the_folders_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    (section,) = re.findall(r"(?ims)^## [^\n]*\bmap\b[^\n]*$(.*?)(?=^## |\Z)", readme)
    folders = {path.parts[0] for path in _files() if len(path.parts) > 1}
    assert set(re.findall(r"(?<![\w/])([a-z]+)/", section)) >= folders
    assert all((ROOT / name).is_dir() for name in re.findall(r"`([a-z]+)/`", section))


def test_every_target_of_make_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (targets,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert set(re.findall(r"^([a-z-]+):.* ## ", makefile, re.MULTILINE)) == set(targets.split())


def _words(path: Path, text: str) -> Iterator[str]:
    """What a file tells the machine: of Python its names and strings without documentation, of the rest everything."""
    if path.suffix != ".py":
        yield text
        return
    tree = ast.parse(text)
    shown = {id(inside) for node in ast.walk(tree) if _is_documentation(node) for inside in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in shown:
            yield node.value


def _is_documentation(node: ast.AST) -> bool:
    """A docstring, or an example that the API's description shows."""
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
    inside = (
        (path, text)
        for path, text in _texts()
        if path.suffix in {".py", ".html", ".js"}
        and path.parts[0] not in MAY_NAME_TYPES
        and path.parts[:2] != ("workflows", "order_types")
    )
    assert [(str(path), word) for path, text in inside for word in _words(path, text) if codes.search(word)] == []
