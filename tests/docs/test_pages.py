"""Every page: its links lead somewhere, a decision has its parts, and what is promised to be there is there."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.docs.pages import DECISIONS, DOCS, PAGES, anchors, links, table
from tests.project_files import ROOT
from tests.workflows.cost import BUDGETS, STATEMENTS

EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
EVERY_DECISION = pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
LONGEST_DECISION = 60


@EVERY_PAGE
def test_a_link_leads_to_what_is_there(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("name", ["architecture", "order-types", "operations", "security"])
def test_the_readme_leads_to_every_manual(name: str) -> None:
    assert f"docs/{name}.md" in set(links(ROOT / "README.md"))
    assert (DOCS / f"{name}.md").read_text().startswith("# ")


def test_the_map_names_every_file_at_the_top() -> None:
    (section,) = re.findall(r"(?ms)^## Map$(.*?)^## ", (ROOT / "README.md").read_text())
    named = re.findall(r"`([^`]+)`", section)
    files = {path.name for kind in ("*.py", "*.md", "*.toml", "Makefile") for path in ROOT.glob(kind)}
    assert {name for name in files - {"README.md"} if not any(fnmatch(name, one) for one in named)} == set()


def test_the_documented_budgets_are_the_tested_ones() -> None:
    documented = {
        tuple(re.findall(r"\d+", " ".join(row.values()))) for row in table(DOCS / "architecture.md", "budget")
    }
    assert documented == {tuple(map(str, (*budget, STATEMENTS[name]))) for name, budget in BUDGETS.items()}


@EVERY_DECISION
def test_a_decision_has_its_number_and_its_parts_on_one_page(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.stem[:4]}. ")
    assert re.findall(r"(?m)^## (.+)$", text) == ["Context", "Decision", "Consequences"]
    assert text.count("\n") <= LONGEST_DECISION


def test_decisions_are_counted_without_a_gap() -> None:
    assert [int(page.stem[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text()
