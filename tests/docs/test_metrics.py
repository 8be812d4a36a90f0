"""docs/operations.md names every metric there is, and alerts only on what can be measured."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import temporalio.bridge
from prometheus_client import Metric
from prometheus_client.metrics import MetricWrapperBase

from outbox.queue_metrics import QueueMetricsCollector
from runtime import metrics
from tests.docs.pages import DOCS, table

ROWS = {row["metric"]: row for row in table(DOCS / "operations.md", "metric")}
ALERTS = {row["name"]: row["expression"] for row in table(DOCS / "operations.md", "name")}
METERS = [one for one in vars(metrics).values() if isinstance(one, MetricWrapperBase)]
_NAME = re.compile(r"\b(?:dialtone|temporal)_[a-z_]+")
_OF_HISTOGRAM = ("_bucket", "_count", "_sum")


def _name(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def _metrics() -> Iterator[tuple[Metric, set[str]]]:
    for meter in METERS:
        (metric,) = meter.describe()
        yield metric, set(meter._labelnames)
    for metric in QueueMetricsCollector.describe(QueueMetricsCollector(None, None)):  # type: ignore[arg-type] # unused here
        yield metric, {label for sample in metric.samples for label in sample.labels}


METRICS = {_name(metric): (metric, labels) for metric, labels in _metrics()}


def test_every_metric_has_its_row_and_no_row_is_left_over() -> None:
    assert set(ROWS) == set(METRICS)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_the_row_says_what_the_metric_is(name: str) -> None:
    metric, labels = METRICS[name]
    documented = re.sub(r"\([^)]*\)", "", ROWS[name]["labels"])
    assert ROWS[name]["type"] == metric.type
    assert {label.strip() for label in documented.split(",") if label.strip()} == labels


def test_no_label_names_a_tenant_a_person_or_an_order() -> None:
    allowed = {"method", "route", "status", "code", "kind", "outcome", "carrier", "call", "leaf"}
    assert set.union(*(labels for _, labels in METRICS.values())) <= allowed


def test_alerts_name_what_is_measured() -> None:
    (library,) = (path.read_bytes() for path in Path(temporalio.bridge.__path__[0]).glob("temporal_sdk_bridge*.so"))
    unknown = []
    for name in {found for expression in ALERTS.values() for found in _NAME.findall(expression)}:
        bare = name
        for ending in _OF_HISTOGRAM:
            bare = bare.removesuffix(ending)
        ours = bare in METRICS
        theirs = name.startswith("temporal_") and bare.removeprefix("temporal_").encode() in library
        if not (ours or theirs):
            unknown.append(name)
    assert unknown == []


def test_every_alert_measures_something() -> None:
    assert [name for name, expression in ALERTS.items() if not _NAME.search(expression)] == []
