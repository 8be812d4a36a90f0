"""The project's pages as tests look at them: their tables, links and headings."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.project_files import ROOT

DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"(?ms)^```.*?^```$", "", page.read_text())


def links(page: Path) -> Iterator[str]:
    """Where a page leads to within the project."""
    yield from (target for target in _LINK.findall(prose(page)) if "://" not in target)


def anchors(page: Path) -> set[str]:
    """What a link may name behind its #."""
    headings = re.findall(r"(?m)^#+ (.+)$", prose(page))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def table(page: Path, first: str) -> list[dict[str, str]]:
    """The rows of the table whose first column is called `first`, by column; code marks are left out."""
    (found,) = re.findall(rf"(?m)^\| {first} \|.*\n\|[-| ]+\|\n(?:\|.*\n)+", page.read_text())
    header, _, *rows = [_cells(line) for line in found.splitlines()]
    return [dict(zip(header, row, strict=True)) for row in rows]


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("`") for cell in line.strip("|").split("|")]
