"""A pytest plugin that adds the modules below `words/` to the product's packages, before anything imports them."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

WORDS = Path(__file__).parent / "words"


class ExtendedPackages(MetaPathFinder):
    """Extends the packages when they are imported."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        folder = WORDS.joinpath(*fullname.split("."))
        spec = PathFinder.find_spec(fullname, path, target) if list(folder.glob("*.py")) else None
        if spec is not None and spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(str(folder))
        return spec


def pytest_load_initial_conftests() -> None:
    sys.meta_path.insert(0, ExtendedPackages())
