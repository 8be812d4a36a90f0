"""The demo's folder `.data/`: what is kept from one run to the next, and how to reach the running demo."""

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
class RunningDemo:
    """`environment` holds the variables of Dialtone's own processes."""

    api_url: str
    inbox_url: str
    environment: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CarrierSecrets:
    """What a simulated carrier and Dialtone share.

    `token` opens the carrier's API; where that takes OAuth2, it is the secret of the client.
    """

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
    def lock(self) -> Iterator[None]:
        """Hold the lock of this folder; it is released when the process ends, even if it is killed.

        Raises:
            StartFailed: another demo runs here.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with self._lock.open("w") as lock:
            if not _try_lock(lock):
                raise StartFailed("Dialtone is already running here. Stop it first: press Ctrl-C in its terminal.")
            yield

    def wipe(self) -> None:
        """Remove everything that earlier runs left, including the database."""
        discard(cluster_home(self.project))
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path != self._lock:
                path.unlink()

    def carrier_secrets(self, carrier: str) -> CarrierSecrets:
        """The secrets shared with a carrier, generated at first use."""
        file = self.folder / f"{carrier}.json"
        if not file.exists():
            webhook_secret = f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
            _write_private(file, {"token": secrets.token_urlsafe(32), "webhook_secret": webhook_secret})
        return CarrierSecrets(**json.loads(file.read_text()))

    def write_people(self) -> Path:
        """Write the file from which the inbox's authenticator reads the sample people and their secrets."""
        from demo.company import PASSWORD, SAMPLE_PEOPLE, authenticator_secret

        people = [
            {
                "role": role,
                "name": person.name,
                "user_name": person.email,
                "password": PASSWORD,
                "secret": authenticator_secret(person),
            }
            for role, person in SAMPLE_PEOPLE.items()
            if role != "service"
        ]
        file = self.folder / "people.json"
        _write_private(file, {"people": people})
        return file

    @contextmanager
    def publish(self, running: RunningDemo) -> Iterator[None]:
        """Let other commands find the demo inside the block."""
        _write_private(self._running, asdict(running))
        try:
            yield
        finally:
            self._running.unlink(missing_ok=True)

    def running(self) -> RunningDemo:
        """How to reach the demo that runs here.

        Raises:
            StartFailed: none does.
        """
        if not self._is_locked() or not self._running.exists():
            raise StartFailed(f"No demo is running in {self.project}. Start it with `make run`.")
        return RunningDemo(**json.loads(self._running.read_text()))

    def _is_locked(self) -> bool:
        if not self._lock.exists():
            return False
        with self._lock.open("w") as lock:
            return not _try_lock(lock)


def _try_lock(file: IO[str]) -> bool:
    """Lock a file until it is closed or the process ends."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_private(path: Path, document: Mapping[str, object]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(document))
