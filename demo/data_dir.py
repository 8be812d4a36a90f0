"""The demo's folder `.data/`: what is kept from one run to the next, and where the running one is."""

import fcntl
import json
import secrets
import shutil
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from demo.postgres import cluster_home, discard
from demo.start_errors import StartFailed


@dataclass(frozen=True, kw_only=True)
class Running:
    """How to reach the demo that runs; `environment` is what its own processes are told."""

    api_url: str
    inbox_url: str
    environment: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What a simulated carrier and Dialtone share."""

    token: str
    webhook_secret: str


class DataDir:
    """The folder of one project; at most one demo runs in it at a time."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.folder = project / ".data"
        self._lock = self.folder / "lock"
        self._running = self.folder / "running.json"

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Keep others out for as long as the block runs; a killed process keeps nobody out.

        Raises:
            StartFailed: a demo runs here already.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with self._lock.open("w") as lock:
            if not _locked(lock):
                raise StartFailed("Dialtone runs here already. Stop it first (Ctrl-C where it runs).")
            yield

    def wipe(self) -> None:
        """Remove everything that earlier runs left, the database included."""
        discard(cluster_home(self.project))
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path != self._lock:
                path.unlink()

    def secrets_of(self, carrier: str) -> Secrets:
        """The secrets shared with a carrier, drawn at first use."""
        file = self.folder / f"{carrier}.json"
        if not file.exists():
            drawn = Secrets(
                token=secrets.token_urlsafe(32),
                webhook_secret=f"whsec_{b64encode(secrets.token_bytes(32)).decode()}",
            )
            _write_private(file, asdict(drawn))
        return Secrets(**json.loads(file.read_text()))

    def cast(self) -> Path:
        """A file that tells the inbox's authenticator who there is, and their secrets."""
        from demo.company import PASSWORD, SAMPLE_PEOPLE, authenticator_of

        people = [
            {
                "part": part,
                "name": one.name,
                "user_name": one.email,
                "password": PASSWORD,
                "secret": authenticator_of(one),
            }
            for part, one in SAMPLE_PEOPLE.items()
            if part != "service"
        ]
        file = self.folder / "people.json"
        _write_private(file, {"people": people})
        return file

    @contextmanager
    def announced(self, running: Running) -> Iterator[None]:
        """Let other commands find the demo for as long as the block runs."""
        _write_private(self._running, asdict(running))
        try:
            yield
        finally:
            self._running.unlink(missing_ok=True)

    def running(self) -> Running:
        """The demo that runs here.

        Raises:
            StartFailed: none does.
        """
        if self._free() or not self._running.exists():
            raise StartFailed(f"No demo runs in {self.project}. Start it with `make run`.")
        return Running(**json.loads(self._running.read_text()))

    def _free(self) -> bool:
        if not self._lock.exists():
            return True
        with self._lock.open("w") as lock:
            return _locked(lock)


def _locked(file: IO[str]) -> bool:
    """Try to lock a file; the lock goes when the file is closed or its process ends."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_private(path: Path, document: Mapping[str, object]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(document))
