"""The markers of tests take only arguments that name something."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures import covers
from tests.project_files import ROOT


def collect(folder: Path, marker: str, *options: str) -> str:
    """What pytest prints when it collects a test with this marker."""
    (folder / "test_marked.py").write_text(
        f"import pytest\n@pytest.mark.{marker}\ndef test_marked() -> None:\n    pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", covers.__name__]
    done = subprocess.run(
        [*command, "--collect-only", "-q", *options, folder / "test_marked.py"], cwd=ROOT, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("marker", "found"),
    [
        ('covers("SERVICE_SUSPEND.LINE_NOT_ACTIVE")', "LINE_NOT_ACTIVE SERVICE_SUSPEND.LINE_NOT_ACTIVE"),
        ('fault("15b")', "1 test collected"),
        ('row("U-05", "A-12a")', "1 test collected"),
        ('covers("NO_SUCH_TYPE.LINE_NOT_ACTIVE")', "NO_SUCH_TYPE, which is no order type"),
        ('covers("line_active")', "must match"),
        ('fault("b15")', "must match"),
        ('row("C-05")', "must match"),
    ],
)
def test_a_marker_names_something(tmp_path: Path, marker: str, found: str) -> None:
    assert found in collect(tmp_path, marker)


def test_the_tests_of_each_fault_are_listed(tmp_path: Path) -> None:
    lines = collect(tmp_path, 'fault("15b", "2")', "-m", "fault").splitlines()
    found = [line.split() for line in lines if "test_marked.py::" in line]
    assert [(number, test.rpartition("/")[2]) for number, test in found[:2]] == [
        ("2", "test_marked.py::test_marked"), ("15b", "test_marked.py::test_marked"),
    ]  # fmt: skip


def test_the_markers_are_registered(pytestconfig: pytest.Config) -> None:
    names = {line.partition("(")[0] for line in pytestconfig.getini("markers")}
    assert {"covers", "fault", "row"} <= names
