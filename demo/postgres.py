"""A PostgreSQL server for one machine: started on private data, reached by a socket, stopped cleanly."""

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from demo.parent_death import dying_with_us
from demo.postgres_install import SHARED_TEMP, Account, find_programs, own_directory
from demo.postgres_server import Server
from demo.start_errors import StartFailed

_SUPERUSER = "dialtone"
_START_SECONDS = 30.0
_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private directory in it
_ROOM_FOR_TESTS = 4 * 1024**3
_FAST_AND_LOOSE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


class Postgres(Server):
    """A server below `home`: `data/` holds the cluster, `run/` the socket, `log` what it says.

    A socket only this account can reach needs no password and no port. Pass `port` to listen on
    127.0.0.1 as well, for tools that know no sockets.
    """

    def __init__(self, home: Path, *, settings: tuple[str, ...] = (), port: int | None = None) -> None:
        super().__init__(f"postgresql+asyncpg://{_SUPERUSER}@/postgres?host={home / 'run'}")
        self.home = home
        self.account = Account.for_server()
        self._programs = find_programs(self.account)
        self._settings = (
            f"listen_addresses={'127.0.0.1' if port else ''}",
            f"port={port or 5432}",
            *settings,
        )
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def persistent(cls, project: Path, *, port: int | None = None) -> "Postgres":
        """Return the server of a project's `.data/`, which names the directory that holds the cluster.

        The cluster lies outside the project, since a server that is not root cannot read below a
        private home. Without the pointer, what lies there was left by an earlier copy of the project.
        """
        pointer = project / ".data" / "postgres"
        home = cluster_home(project)
        if not pointer.exists():
            discard(home)
            pointer.parent.mkdir(exist_ok=True)
            pointer.write_text(f"{home}\n")
        return cls(own_directory(home), port=port)

    @classmethod
    def temporary(cls) -> "Postgres":
        """Return a server for one test session: nothing is flushed to disk, `discard(home)` ends it."""
        home = Path(tempfile.mkdtemp(prefix="dialtone-", dir=_scratch()))
        home.chmod(0o755)
        return cls(home, settings=_FAST_AND_LOOSE)

    @property
    def argv(self) -> tuple[str, ...]:
        """The command line of the server; run it as `account`, end it with SIGINT."""
        options = (
            f"unix_socket_directories={self.home / 'run'}",
            "unix_socket_permissions=0700",
            *self._settings,
        )
        server = (str(self._programs / "postgres"), "-D", str(self._cluster))
        return (*server, *(word for option in options for word in ("-c", option)))

    def prepare(self) -> None:
        """Create the cluster if there is none, and end what an earlier run left behind.

        Raises:
            StartFailed: initdb failed; the message holds its last words.
        """
        _end_stray_server(self.home)
        for name in ("data", "run"):
            (self.home / name).mkdir(mode=0o700, exist_ok=True)
            self.account.give(self.home / name)
        if not self._cluster.exists():
            self._initialize()

    def start(self) -> None:
        """Start the server and wait until it takes connections.

        Raises:
            StartFailed: it did not start; the message holds its last words.
        """
        self.prepare()
        with (self.home / "log").open("ab") as log:
            self._process = self._launch(self.argv, log.fileno())
        deadline = time.monotonic() + _START_SECONDS
        while not self.ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise StartFailed(f"PostgreSQL did not start:\n{self._last_words()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server at once, whoever is connected (SIGTERM would wait for its clients)."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        self._process.wait()
        self._process = None

    def ready(self) -> bool:
        """Tell whether the server takes connections: the last line of its pid file says so."""
        with contextlib.suppress(FileNotFoundError):
            return (self._cluster / "postmaster.pid").read_text().rstrip().endswith("ready")
        return False

    @property
    def _cluster(self) -> Path:
        return self.home / "data" / "cluster"

    def _initialize(self) -> None:
        """Build the cluster beside its place and move it there, so that a killed initdb leaves none."""
        half_built = self.home / "data" / "half-built"
        shutil.rmtree(half_built, ignore_errors=True)
        options = ("--no-locale", "--no-sync", "--encoding=UTF8", "--auth=trust", f"--username={_SUPERUSER}")
        with (self.home / "log").open("ab") as log:
            initdb = self._launch((str(self._programs / "initdb"), *options, "-D", str(half_built)), log.fileno())
        if initdb.wait() != 0:
            raise StartFailed(f"initdb failed:\n{self._last_words()}")
        half_built.rename(self._cluster)

    def _launch(self, argv: tuple[str, ...], output: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            argv,
            cwd=self.home,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=self.account.user,
            group=self.account.group,
            extra_groups=None if self.account.user is None else (),
            start_new_session=True,
            preexec_fn=dying_with_us(signal.SIGINT),  # noqa: PLW1509 - it takes no lock another thread may hold
        )

    def _last_words(self) -> str:
        return "\n".join((self.home / "log").read_text(errors="replace").splitlines()[-15:])


def cluster_home(project: Path) -> Path:
    """Return where the persistent cluster of a project lies, one per project directory and account."""
    key = f"{project.resolve()}:{os.geteuid()}"
    return SHARED_TEMP / f"dialtone-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _scratch() -> Path:
    """Memory where there is room, since databases are cloned there ten times as fast; sockets want short paths."""
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_FOR_TESTS:
        return _MEMORY
    return Path("/tmp")  # noqa: S108 - the same


def discard(home: Path) -> None:
    """Remove a server's directory with all its data, ending a server that still uses it."""
    if home.exists():
        _end_stray_server(own_directory(home))
        shutil.rmtree(home)


def _end_stray_server(home: Path) -> None:
    """End the server that an earlier, killed run left behind; forget one that is long gone.

    The pid in the file may be another program's by now: only an answering socket makes it a server.
    """
    pid_file = home / "data" / "cluster" / "postmaster.pid"
    if pid_file.exists() and any(_answers(path) for path in (home / "run").glob(".s.PGSQL.*")):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGINT)
        _wait_until_gone(pid_file)
    pid_file.unlink(missing_ok=True)
    shutil.rmtree(home / "run", ignore_errors=True)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def _wait_until_gone(pid_file: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while pid_file.exists():
        if time.monotonic() > deadline:
            raise StartFailed(f"an earlier PostgreSQL on {pid_file.parent} does not stop: end it by hand.")
        time.sleep(0.05)
