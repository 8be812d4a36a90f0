"""The tables of the benchmark."""

from pathlib import Path

import pytest

from bench.report import tables, write_tables
from tests.bench.test_goals import RESULTS
from tests.project_files import ROOT


def test_the_tables_show_each_figure_with_its_goal_and_the_cpu_of_each_kind() -> None:
    lines = tables(RESULTS).splitlines()
    assert "| CPU: order ÷ (baseline + bare work) | ≤ 2 | 1.6 | 2.40 | **missed** | 360 ms ÷ (100 + 50) |" in lines
    assert "| all, CPU ms | 100.0 | 360.0 | 50.0 | 100.0 |" in lines
    assert "| Temporal, CPU ms | 70.0 | 84.0 |  |  |" in lines


def test_the_tables_replace_those_of_an_earlier_run_in_the_page(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text((ROOT / "docs" / "performance.md").read_text())
    write_tables(page, "tables of Monday")
    write_tables(page, "tables of Tuesday")
    text = page.read_text()
    assert "tables of Tuesday" in text
    assert "tables of Monday" not in text
    assert "| CPU: baseline ÷ order |" not in text


def test_a_page_without_a_place_for_the_tables_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Text")
    with pytest.raises(ValueError, match="doesn't contain"):
        write_tables(page, "tables")
    assert page.read_text() == "Text"
