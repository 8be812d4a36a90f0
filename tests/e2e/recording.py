"""What a version of Dialtone leaves behind, as files: its database, Temporal's, the carriers', and its keys."""

import asyncio
import gzip
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import URL

from demo.postgres_install import SystemAccount, find_programs
from tests.e2e.instance import Instance

FOLDER = Path(__file__).parent / "recordings"
_DATABASE = "database.sql.gz"
_ABOUT = "recording.json"


@dataclass(frozen=True, kw_only=True)
class Recording:
    """`orders` are the numbers of `LEFT_ORDERS`; `environment` has the keys, `urls` the addresses of each program."""

    version: str
    orders: Mapping[str, str]
    environment: Mapping[str, str]
    urls: Mapping[str, str]

    @property
    def folder(self) -> Path:
        return FOLDER / self.version

    async def store(self, instance: Instance) -> None:
        """Write it, once the instance has stopped."""
        self.folder.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(_dump, instance.site.database.url, self.folder / _DATABASE)
        for name, file in instance.files.items():
            await asyncio.to_thread(_compress, file, self._file(name))
        (self.folder / _ABOUT).write_text(json.dumps(asdict(self), indent=2) + "\n")

    def restore_database(self, url: URL) -> None:
        """Fill an empty database."""
        script = gzip.decompress((self.folder / _DATABASE).read_bytes())
        _postgres("psql", url, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", script=script)

    def restore_files(self, instance: Instance) -> None:
        """Give the programs of an instance their files before they start, and the carriers its addresses."""
        for name, file in instance.files.items():
            file.parent.mkdir(exist_ok=True)
            with gzip.open(self._file(name)) as stored, file.open("wb") as restored:
                shutil.copyfileobj(stored, restored)
        for carrier in instance.carrier_urls:
            with closing(sqlite3.connect(instance.files[carrier])) as connection, connection:
                for name, url in self.urls.items():
                    moved = "UPDATE document SET body = replace(body, ?, ?)"
                    connection.execute(moved, (url, instance.urls[name]))

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite.gz"


def recordings() -> list[Recording]:
    """All that there are, each of another version."""
    return [Recording(**json.loads(file.read_text())) for file in sorted(FOLDER.glob(f"*/{_ABOUT}"))]


def _dump(url: URL, target: Path) -> None:
    target.write_bytes(gzip.compress(_postgres("pg_dump", url, "--no-owner", "--no-privileges"), mtime=0))


def _postgres(program: str, url: URL, *options: str, script: bytes | None = None) -> bytes:
    """The output of a program of PostgreSQL, which has to succeed."""
    path = find_programs(SystemAccount.for_server()) / program
    name = url.set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run([path, *options, f"--dbname={name}"], input=script, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def _compress(file: Path, target: Path) -> None:
    """What is not in the file yet, but in its log, is written, too; what was deleted takes no room."""
    small = target.with_suffix("")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("VACUUM INTO ?", (str(small),))
    target.write_bytes(gzip.compress(small.read_bytes(), mtime=0))
    small.unlink()
