"""The figures that are tracked, from the results of a run."""

from dataclasses import replace

import pytest

from bench.environment import BARE, BASELINE, DBOS, ORDER
from bench.goals import AT_LEAST, AT_MOST, Figure, figures
from bench.measure import BenchOptions, BenchResults
from bench.throughput import Run
from bench.waiting_orders import DecisionTimes, SubmitRates
from bench.watcher import DatabaseTraffic


def _round(order: float) -> list[Run]:
    cpu = {
        BASELINE: {"Temporal": 70.0, "worker": 30.0},
        ORDER: {"Temporal": 84.0, "worker": order - 84.0},
        BARE: {"worker": 50.0},
        DBOS: {"worker": 100.0},
    }
    return [Run(kind=kind, per_second=1, cpu_ms=parts) for kind, parts in cpu.items()]


RESULTS = BenchResults(
    options=BenchOptions(orders=1, rounds=3, backlog=2, decisions=2, in_flight=1),
    load=0.5,
    runs=[*_round(300), *_round(900), *_round(360)],
    traffic=DatabaseTraffic(statements=150, transactions=30, durable_commits=31),
    submits=[SubmitRates(bare=100, product=60)],
    decisions=[DecisionTimes(bare_ms=20, answered_ms=30, shown_ms=50)],
    without_dbos=None,
)


def test_each_figure_is_a_median_of_the_rounds() -> None:
    measured = {figure.name: figure.measured for figure in figures(RESULTS)}
    assert measured == {
        "CPU: order ÷ (baseline + bare work)": pytest.approx(360 / 150),
        "CPU: baseline ÷ order": pytest.approx(100 / 360),
        "CPU of Temporal: order ÷ baseline": pytest.approx(84 / 70),
        "CPU: order ÷ order with DBOS": pytest.approx(3.6),
        "SQL statements of an order": 150,
        "transactions of an order": 30,
        "durable commits of an order": 31,
        "approve, p50: answered ÷ bare update and durable commit": pytest.approx(1.5),
        "submit: orders per second ÷ bare inserts with a start": pytest.approx(0.6),
    }


def test_without_dbos_its_figure_says_why() -> None:
    runs = [run for run in RESULTS.runs if run.kind != DBOS]
    (figure,) = (
        figure
        for figure in figures(replace(RESULTS, runs=runs, without_dbos="No module named 'dbos'"))
        if "DBOS" in figure.name
    )
    assert (figure.verdict, figure.note) == ("not measured", "No module named 'dbos'")


@pytest.mark.parametrize(
    ("bound", "measured", "verdict"),
    [
        (AT_MOST, 2.1, "**missed**"),
        (AT_MOST, 2.0, "met"),
        (AT_MOST, 1.6, "met, stretch too"),
        (AT_LEAST, 1.5, "**missed**"),
        (AT_LEAST, 1.7, "met, stretch too"),
    ],
)
def test_a_figure_meets_its_goal_from_the_right_side(bound: str, measured: float, verdict: str) -> None:
    goal, stretch = (2.0, 1.6) if bound == AT_MOST else (1.6, 1.65)
    figure = Figure(name="ratio", bound=bound, goal=goal, stretch=stretch, measured=measured, note="")
    assert figure.verdict == verdict
