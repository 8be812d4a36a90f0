"""Our own PostgreSQL server: start, clone, recover, remove."""

import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from demo.postgres import Postgres, cluster_home, discard
from demo.postgres_install import SystemAccount, find_programs
from demo.postgres_server import DatabaseServer
from demo.start_errors import StartFailed


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    discard(cluster_home(tmp_path))


def _kill(server: Postgres) -> None:
    assert server._process is not None
    server._process.kill()
    server._process.wait()


async def _value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_a_database_is_cloned_with_its_rows(postgres: DatabaseServer) -> None:
    template = await postgres.create_database("clone_source")
    await _value(template, "CREATE TABLE phone AS SELECT 'Pixel' AS name")
    clone = await postgres.create_database("clone_copy", template="clone_source")
    assert await _value(clone, "SELECT name FROM phone") == "Pixel"
    for name in ("clone_copy", "clone_source"):
        await postgres.drop_database(name)
        assert not await postgres.database_exists(name)


async def test_a_database_name_cannot_carry_sql(postgres: DatabaseServer) -> None:
    with pytest.raises(ValueError, match="plain"):
        await postgres.create_database('x"; DROP DATABASE postgres; --')


async def test_data_survives_a_restart(project: Path) -> None:
    first = Postgres.persistent(project)
    first.start()
    await first.create_database("kept")
    first.stop()
    second = Postgres.persistent(project)
    second.start()
    try:
        assert await second.database_exists("kept")
    finally:
        second.stop()


def test_a_server_of_a_killed_run_is_stopped_at_the_next_start(project: Path) -> None:
    killed = Postgres.persistent(project)
    killed.start()
    process = killed._process
    assert process is not None
    next_server = Postgres.persistent(project)
    next_server.start()
    try:
        assert process.wait(timeout=10) == 0
        assert next_server.ready()
    finally:
        next_server.stop()


def test_a_pid_of_another_program_does_not_prevent_the_start(project: Path) -> None:
    server = Postgres.persistent(project)
    server.start()
    _kill(server)
    other = subprocess.Popen(["sleep", "60"], user=server.account.user)
    for name in ("data/cluster/postmaster.pid", "run/.s.PGSQL.5432.lock"):
        lines = (server.home / name).read_text().splitlines()
        (server.home / name).write_text("\n".join([str(other.pid), *lines[1:]]))
    server.start()
    server.stop()
    assert other.poll() is None
    other.kill()
    other.wait()


def test_the_cluster_of_an_earlier_copy_of_the_project_is_not_reused(project: Path) -> None:
    home = cluster_home(project)
    home.mkdir(mode=0o755)
    (home / "data").mkdir()
    Postgres.persistent(project)
    assert not (home / "data").exists()


def test_a_directory_of_another_user_is_rejected(project: Path) -> None:
    cluster_home(project).symlink_to(project)
    with pytest.raises(StartFailed, match="another user"):
        Postgres.persistent(project)
    cluster_home(project).unlink()


def test_the_error_of_a_failed_start_has_the_reason(project: Path) -> None:
    server = Postgres(Postgres.persistent(project).home, settings=("no_such_setting=1",))
    with pytest.raises(StartFailed, match="no_such_setting"):
        server.start()


def test_it_stops_while_a_client_is_connected(project: Path) -> None:
    server = Postgres.persistent(project)
    server.start()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(server.home / "run" / ".s.PGSQL.5432"))
        server.stop()
    assert not server.ready()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user reads its own private directories")
def test_a_wheel_in_a_private_directory_is_copied_where_the_server_account_can_run_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = SystemAccount.for_server()
    with tempfile.TemporaryDirectory(dir="/tmp") as shared:
        Path(shared).chmod(0o755)
        monkeypatch.setattr("demo.postgres_install._readable_by_all", lambda _: False)
        monkeypatch.setattr("demo.postgres_install.SHARED_TEMP", Path(shared))
        programs = find_programs(account)
        assert programs.is_relative_to(shared)
        command = [str(programs / "initdb"), "--version"]
        shown = subprocess.check_output(command, user=account.user, cwd="/", env={}, text=True)
    assert shown.startswith("initdb (PostgreSQL)")


def test_the_server_does_not_run_as_root(project: Path) -> None:
    server = Postgres.persistent(project)
    server.start()
    try:
        assert (server.home / "data" / "cluster").stat().st_uid != 0
        assert (server.home / "run").stat().st_mode & 0o077 == 0
    finally:
        server.stop()
