"""Figures in a page are those of the last run."""

from pathlib import Path

import pytest

from bench.page import replace_figures
from tests.project_files import ROOT

PAGE = ROOT / "docs" / "performance.md"


@pytest.mark.parametrize("name", ["make bench", "bench.parked"])
def test_the_figures_replace_those_of_an_earlier_run(tmp_path: Path, name: str) -> None:
    page = tmp_path / "performance.md"
    page.write_text(PAGE.read_text())
    replace_figures(page, name, "figures of Monday")
    replace_figures(page, name, "figures of Tuesday")
    text = page.read_text()
    assert "figures of Tuesday" in text
    assert "figures of Monday" not in text
    assert len(text) < len(PAGE.read_text())


def test_a_page_without_a_place_for_the_figures_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Text")
    with pytest.raises(ValueError, match="doesn't contain"):
        replace_figures(page, "make bench", "figures")
    assert page.read_text() == "Text"
