"""The tables of the benchmark."""

from bench.report import tables
from tests.bench.test_goals import RESULTS


def test_the_tables_show_each_figure_with_its_goal_and_the_cpu_of_each_kind() -> None:
    lines = tables(RESULTS).splitlines()
    assert "load 0.5 before" in lines[0]
    assert "| CPU: order ÷ (baseline + bare work) | ≤ 2 | 1.6 | 2.40 | **missed** | 360 ms ÷ (100 + 50) |" in lines
    assert "| all, CPU ms | 100.0 | 360.0 | 50.0 | 100.0 |" in lines
    assert "| Temporal, CPU ms | 70.0 | 84.0 |  |  |" in lines
