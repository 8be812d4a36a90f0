"""The examples of the pages about order types are excerpts of the code, one of every kind of word."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

from models.order_type import OrderType, Texts
from models.question import Asked
from models.registry import load
from models.step import ItemStep, OrderStep
from tests.docs.pages import DOCS
from tests.project_files import ROOT
from tests.workflows.new_type.throw_away_words import WORDS
from workflows.lifecycle import OrderWorkflow
from workflows.order_type_registry import workflow_classes

_PAGES = "\n".join((DOCS / name).read_text() for name in ("order-types.md", "words.md", "events-and-tasks.md"))
_BLOCK = re.compile(r"(?ms)^```(?P<language>\w+)\n(?P<body>.*?)^```$")
_PATH = re.compile(r"(?:# |\{# )(?P<path>[\w/]+\.\w+)(?: #\})?")
_EXCERPTS = ("python", "jinja")
_STEPS = "models.step"


@dataclass(frozen=True)
class Excerpt:
    """A block of code without its first line, which names the file."""

    path: str
    code: str

    @property
    def name(self) -> str:
        """The name of its module."""
        return self.path.removesuffix(".py").replace("/", ".")

    @property
    def package(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def module(self) -> ModuleType:
        return importlib.import_module(self.name)

    def run(self) -> dict[str, Any]:
        """What the excerpt defines if it is run in place of its part of the module, by name."""
        after = dict(vars(self.module))
        exec(compile(self.code, self.path, "exec"), after)
        return {name: after[name] for name in _defined(self.code)}


def _defined(code: str) -> Iterator[str]:
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def _excerpts() -> Iterator[Excerpt]:
    for block in _BLOCK.finditer(_PAGES):
        if block["language"] in _EXCERPTS:
            first, _, code = block["body"].partition("\n")
            named = _PATH.fullmatch(first)
            assert named, f"the first line {first!r} of an example must name its file"
            yield Excerpt(named["path"], code)


def _plain(text: str) -> str:
    return "\n".join(map(str.rstrip, text.splitlines()))


EXCERPTS = tuple(_excerpts())
CODE = tuple(excerpt for excerpt in EXCERPTS if excerpt.path.endswith(".py"))
# A type with all words new has a module in each package of words.
PACKAGES = {".".join(path.parent.relative_to(WORDS).parts) for path in WORDS.rglob("*.py")}


def _words() -> Iterator[tuple[str, Any]]:
    """The package and the value of each word that an example defines; an order type is a class."""
    for excerpt in CODE:
        for name in _defined(excerpt.code):
            value = getattr(excerpt.module, name)
            if hasattr(value, "code") or (isinstance(value, type) and issubclass(value, OrderWorkflow)):
                yield excerpt.package, value


SHAPES = (OrderType, Texts, Asked, *dict.fromkeys(type(word) for _, word in _words() if not isinstance(word, type)))


@pytest.mark.parametrize("excerpt", EXCERPTS, ids=lambda excerpt: Path(excerpt.path).stem)
def test_an_example_is_in_its_file(excerpt: Excerpt) -> None:
    assert f"\n{_plain(excerpt.code)}\n" in f"\n{_plain((ROOT / excerpt.path).read_text())}\n"


@pytest.mark.parametrize("excerpt", CODE, ids=lambda excerpt: excerpt.name)
def test_an_example_runs_and_defines_what_its_module_has(excerpt: Excerpt) -> None:
    defined = excerpt.run()
    assert defined
    for name, value in defined.items():
        registered = getattr(excerpt.module, name)
        assert (type(value), getattr(value, "code", name)) == (type(registered), getattr(registered, "code", name))


def test_every_kind_of_word_has_an_example() -> None:
    assert {package for package, _ in _words()} == PACKAGES


def test_an_example_is_a_registered_word() -> None:
    for package, value in _words():
        if isinstance(value, type):
            assert value in workflow_classes().values()
        else:
            assert load(package, type(value))[value.code] is value


def test_the_example_of_a_step_is_a_step_with_its_function() -> None:
    steps = {*get_args(OrderStep), *get_args(ItemStep)}
    (excerpt,) = (excerpt for excerpt in CODE if excerpt.name == _STEPS)
    (name,) = _defined(excerpt.code)
    step = getattr(excerpt.module, name)
    assert step in steps
    assert f"workflows/steps/{step.kind.lower()}.py" in {other.path for other in CODE}


def test_the_pages_explain_every_step() -> None:
    explained = set(re.findall(r"(?m)^\| `(\w+)\(", _PAGES))
    assert explained == {step.__name__ for step in (*get_args(OrderStep), *get_args(ItemStep))}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_pages_explain_every_field(shape: type[Any]) -> None:
    names = {field.name for field in fields(shape) if field.name.isidentifier()} - {"code", "_"}
    assert sorted(name for name in names if f"`{name}`" not in _PAGES) == []
