"""A PostgreSQL server of our own: its data directory, its process and its socket."""

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

from demo.parent_death import stop_with_parent
from demo.postgres_install import SHARED_TEMP, SystemAccount, find_programs, own_directory
from demo.postgres_server import DatabaseServer
from demo.start_errors import StartFailed

_SUPERUSER = "dialtone"
_START_SECONDS = 30.0
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private directory in it
_BYTES_FOR_TESTS = 4 * 1024**3
_WITHOUT_DURABILITY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


class Postgres(DatabaseServer):
    """A server whose files are below `home`: `data/` holds the cluster, `run/` the socket, `log` its output.

    Only this account can reach the socket, so it needs no password and no port.
    """

    def __init__(self, home: Path, *, settings: tuple[str, ...] = ()) -> None:
        super().__init__(f"postgresql+asyncpg://{_SUPERUSER}@/postgres?host={home / 'run'}")
        self.home = home
        self.account = SystemAccount.for_server()
        self._programs = find_programs(self.account)
        self._settings = ("listen_addresses=", *settings)
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def persistent(cls, project: Path) -> "Postgres":
        """The server of a project; `.data/postgres` names its directory.

        The cluster is outside the project, since a server that does not run as root cannot read below a private
        home directory. If the pointer is missing, the cluster belongs to an earlier copy of the project.
        """
        pointer = project / ".data" / "postgres"
        home = cluster_home(project)
        if not pointer.exists():
            discard(home)
            pointer.parent.mkdir(exist_ok=True)
            pointer.write_text(f"{home}\n")
        return cls(own_directory(home))

    @classmethod
    def temporary(cls, *, durable: bool = False) -> "Postgres":
        """A server for tests, which loses its latest commits when it is killed unless it is `durable`.

        Remove it with `discard(home)`.
        """
        home = Path(tempfile.mkdtemp(prefix="dialtone-", dir=_test_directory()))
        home.chmod(0o755)
        return cls(home, settings=() if durable else _WITHOUT_DURABILITY)

    @property
    def argv(self) -> tuple[str, ...]:
        """To be run as `account` and stopped with SIGINT."""
        options = (
            f"unix_socket_directories={self.home / 'run'}",
            "unix_socket_permissions=0700",
            *self._settings,
        )
        server = (str(self._programs / "postgres"), "-D", str(self._cluster))
        return (*server, *(word for option in options for word in ("-c", option)))

    def prepare(self) -> None:
        """Stop a server that an earlier run left behind, and create the cluster if there is none.

        Raises:
            StartFailed: initdb failed; the message ends with its output.
        """
        _stop_stray_server(self.home)
        for name in ("data", "run"):
            (self.home / name).mkdir(mode=0o700, exist_ok=True)
            self.account.chown(self.home / name)
        if not self._cluster.exists():
            self._initialize()

    def start(self) -> None:
        """Start the server and wait until it accepts connections.

        Raises:
            StartFailed: it did not start; the message ends with its output.
        """
        self.prepare()
        with (self.home / "log").open("ab") as log:
            self._process = self._launch(self.argv, log.fileno())
        deadline = time.monotonic() + _START_SECONDS
        while not self.ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise StartFailed(f"PostgreSQL did not start:\n{self._last_output()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server without waiting for its clients."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)  # SIGTERM waits for the clients
        self._process.wait()
        self._process = None

    def kill(self) -> None:
        """Kill the server like a power cut; it can be started again."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ready(self) -> bool:
        """Whether the server accepts connections, which the last line of its pid file says."""
        with contextlib.suppress(FileNotFoundError):
            return (self._cluster / "postmaster.pid").read_text().rstrip().endswith("ready")
        return False

    @property
    def _cluster(self) -> Path:
        return self.home / "data" / "cluster"

    def _initialize(self) -> None:
        """Build the cluster in another directory and move it, so that an interrupted initdb leaves none."""
        unfinished = self.home / "data" / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ("--no-locale", "--no-sync", "--encoding=UTF8", "--auth=trust", f"--username={_SUPERUSER}")
        with (self.home / "log").open("ab") as log:
            initdb = self._launch((str(self._programs / "initdb"), *options, "-D", str(unfinished)), log.fileno())
        if initdb.wait() != 0:
            raise StartFailed(f"initdb failed:\n{self._last_output()}")
        unfinished.rename(self._cluster)

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
            preexec_fn=stop_with_parent(signal.SIGINT),  # noqa: PLW1509 - it acquires no lock
        )

    def _last_output(self) -> str:
        return "\n".join((self.home / "log").read_text(errors="replace").splitlines()[-15:])


def cluster_home(project: Path) -> Path:
    """Where the persistent cluster of a project is, one per project directory and account."""
    key = f"{project.resolve()}:{os.geteuid()}"
    return SHARED_TEMP / f"dialtone-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _test_directory() -> Path:
    """Memory if there is enough, where cloning a database is ten times as fast. Sockets need short paths."""
    if _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free > _BYTES_FOR_TESTS:
        return _SHARED_MEMORY
    return Path("/tmp")  # noqa: S108 - the same


def discard(home: Path) -> None:
    """Stop a server that still runs and remove its directory with all data."""
    if home.exists():
        _stop_stray_server(own_directory(home))
        shutil.rmtree(home)


def _stop_stray_server(home: Path) -> None:
    """Stop the server of an earlier run that was killed, and remove its pid file and sockets.

    The pid may belong to another program by now: it is a server only if its socket answers.
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
            raise StartFailed(f"An earlier PostgreSQL server in {pid_file.parent} does not stop. Stop it yourself.")
        time.sleep(0.05)
