"""The demo's folder: one demo at a time, secrets for its owner alone, nothing left after a wipe."""

from pathlib import Path

import pytest

from demo.data_dir import DataDir, Running
from demo.start_errors import StartFailed

RUNNING = Running(
    api_url="http://127.0.0.1:8000", inbox_url="http://127.0.0.1:8025", environment={"DATABASE_URL": "postgresql://"}
)


@pytest.fixture
def place(tmp_path: Path) -> DataDir:
    return DataDir(tmp_path)


def test_a_second_demo_is_kept_out(place: DataDir) -> None:
    with place.taken(), pytest.raises(StartFailed, match="runs here already"), DataDir(place.project).taken():
        pass


def test_a_demo_can_follow_another(place: DataDir) -> None:
    for _ in range(2):
        with place.taken():
            assert place.folder.stat().st_mode & 0o077 == 0


def test_a_running_demo_is_found_and_a_stopped_one_is_not(place: DataDir) -> None:
    with pytest.raises(StartFailed, match="make run"):
        place.running()
    with place.taken():
        with place.announced(RUNNING):
            assert DataDir(place.project).running() == RUNNING
        with pytest.raises(StartFailed, match="make run"):
            place.running()


def test_what_a_killed_demo_announced_counts_for_nothing(place: DataDir) -> None:
    announced = place.announced(RUNNING)
    with place.taken():
        announced.__enter__()
    with pytest.raises(StartFailed, match="make run"):
        place.running()


def test_a_carriers_secrets_stay_the_same_and_are_its_owners_alone(place: DataDir) -> None:
    with place.taken():
        drawn = place.secrets_of("northwind")
        assert place.secrets_of("northwind") == drawn != place.secrets_of("bluepeak")
    assert (place.folder / "northwind.json").stat().st_mode & 0o077 == 0


def test_a_wipe_leaves_nothing_but_the_lock(place: DataDir) -> None:
    with place.taken():
        (place.folder / "inbox").mkdir()
        place.secrets_of("northwind")
        place.wipe()
        assert [path.name for path in place.folder.iterdir()] == ["lock"]
