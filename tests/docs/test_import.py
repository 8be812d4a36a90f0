"""docs/import.md lists the columns of every kind of file, as its value has them."""

import pytest

from models.imports.kind import ImportKind, import_kinds
from tests.docs.pages import DOCS

PAGE = (DOCS / "import.md").read_text()


def described(kind: ImportKind) -> str:
    """The section of a kind."""
    rows = "".join(
        f"| {column.name} | {column.help}{' Required.' if column.required else ''} | {_cell(column.example)} |\n"
        for column in kind.columns
    )
    names = " or ".join(kind.key) if kind.any_key else " and ".join(kind.key)
    return (
        f"### {kind.title}\n\n`{kind.code}`, version {kind.version}. {kind.about} A row is about the {kind.noun} with "
        f"its {names}.\n\n| column | what it has | example |\n|---|---|---|\n{rows}"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


@pytest.mark.parametrize("code", import_kinds())
def test_the_page_has_every_column(code: str) -> None:
    assert described(import_kinds()[code]) in PAGE


def test_the_page_has_the_kinds_in_their_order() -> None:
    places = [PAGE.index(f"### {kind.title}\n") for kind in import_kinds().values()]
    assert places == sorted(places)
