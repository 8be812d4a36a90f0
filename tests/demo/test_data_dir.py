from pathlib import Path

import pytest

from demo.data_dir import DataDir, RunningDemo
from demo.start_errors import StartFailed

RUNNING = RunningDemo(
    api_url="http://127.0.0.1:8000", inbox_url="http://127.0.0.1:8025", environment={"DATABASE_URL": "postgresql://"}
)


@pytest.fixture
def data_dir(tmp_path: Path) -> DataDir:
    return DataDir(tmp_path)


def test_only_one_demo_runs_at_a_time(data_dir: DataDir) -> None:
    with data_dir.lock(), pytest.raises(StartFailed, match="already running here"), DataDir(data_dir.project).lock():
        pass


def test_a_demo_can_run_after_another(data_dir: DataDir) -> None:
    for _ in range(2):
        with data_dir.lock():
            assert data_dir.folder.stat().st_mode & 0o077 == 0


def test_a_running_demo_is_found_and_a_stopped_one_is_not(data_dir: DataDir) -> None:
    with pytest.raises(StartFailed, match="make run"):
        data_dir.running()
    with data_dir.lock():
        with data_dir.publish(RUNNING):
            assert DataDir(data_dir.project).running() == RUNNING
        with pytest.raises(StartFailed, match="make run"):
            data_dir.running()


def test_a_killed_demo_is_not_found(data_dir: DataDir) -> None:
    published = data_dir.publish(RUNNING)
    with data_dir.lock():
        published.__enter__()
    with pytest.raises(StartFailed, match="make run"):
        data_dir.running()


def test_carrier_secrets_stay_the_same_and_are_readable_only_by_their_owner(data_dir: DataDir) -> None:
    with data_dir.lock():
        first = data_dir.carrier_secrets("northwind")
        assert data_dir.carrier_secrets("northwind") == first != data_dir.carrier_secrets("bluepeak")
    assert (data_dir.folder / "northwind.json").stat().st_mode & 0o077 == 0


def test_a_wipe_leaves_nothing_but_the_lock(data_dir: DataDir) -> None:
    with data_dir.lock():
        (data_dir.folder / "inbox").mkdir()
        data_dir.carrier_secrets("northwind")
        data_dir.wipe()
        assert [path.name for path in data_dir.folder.iterdir()] == ["lock"]
