from dataclasses import dataclass
from pathlib import Path

import pytest

from models import registry


@dataclass(frozen=True)
class Fruit:
    code: str


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package that can be imported; its name is that of the folder."""
    (tmp_path / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path.parent)
    return tmp_path


def _define(package: Path, module: str, *lines: str) -> None:
    source = [f"from {__name__} import Fruit", *lines]
    (package / f"{module}.py").write_text("\n".join(source))


def test_the_values_of_all_modules_are_collected(package: Path) -> None:
    _define(package, "apples", "RED = Fruit('red')", "NOT_A_FRUIT = 1")
    _define(package, "pears", "GREEN = Fruit('green')")
    assert registry.load(package.name, Fruit) == {"red": Fruit("red"), "green": Fruit("green")}


def test_a_value_that_another_module_imports_is_no_duplicate(package: Path) -> None:
    _define(package, "apples", "RED = Fruit('red')")
    _define(package, "pies", f"from {package.name}.apples import RED")
    assert list(registry.load(package.name, Fruit)) == ["red"]


def test_a_code_that_two_modules_define_is_an_error(package: Path) -> None:
    _define(package, "apples", "RED = Fruit('red')")
    _define(package, "pears", "RED = Fruit('red')")
    with pytest.raises(ValueError, match=r"pears: Fruit 'red' is already defined"):
        registry.load(package.name, Fruit)


def test_an_unknown_code_suggests_the_nearest(package: Path) -> None:
    _define(package, "apples", "RED = Fruit('red_apple')")
    with pytest.raises(registry.UnknownWordError, match=r"no Fruit 'red_aple'; did you mean 'red_apple'"):
        registry.find(package.name, Fruit, "red_aple")
    with pytest.raises(registry.UnknownWordError, match=r"no Fruit 'xyz'$"):
        registry.find(package.name, Fruit, "xyz")
