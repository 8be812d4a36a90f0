"""The README's tour, typed into a shell as it is printed: every command works, and shows what the README says."""

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.data_dir import DataDir
from tests.fixtures.demo import PLAIN

README = Path(__file__).resolve().parent.parent / "README.md"
SAID = "=== said ==="
# A machine that runs other tests as well needs longer than a reader at a terminal.
PATIENCE = 'sleep() { command sleep "$(($1 * 5))"; }\n'
# What differs from one run to the next: ids, signed links, order numbers, names of days and months, digits.
VARIES = re.compile(
    r"(?P<id>\b[0-9A-HJKMNP-TV-Z]{26}\b)|(?P<link>/approve/\S+)|(?P<order>\b[2-9A-Z]{3}-[2-9A-Z]{3}\b)"
    r"|(?P<day>\b[A-Z][a-z]+day\b)|(?P<month>\b(?:Jan|Febr)uary|March|April|May|June|July|August|\b\w+(?:em|to)ber\b)"
    r"|(?P<digits>\d+)"
)
PATTERNS = {
    "id": "[0-9A-Z]{26}",
    "link": r"/approve/\S+",
    "order": "[2-9A-Z]{3}-[2-9A-Z]{3}",
    "day": r"\w+day",
    "month": r"\w+",
    "digits": r"\d+",
}


def _steps() -> Iterator[tuple[str, str]]:
    """The tour's blocks of commands, each with the output printed below it (or nothing)."""
    (tour,) = re.findall(r"(?ims)^## [^\n]*\btour\b[^\n]*$(.*?)(?=^## |\Z)", README.read_text())
    yield from re.findall(r"(?s)```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?", tour)


def _pattern(printed: str) -> str:
    """A pattern for output like this, of another day and another order."""
    pattern, end = "", 0
    for found in VARIES.finditer(printed):
        assert found.lastgroup is not None
        pattern += re.escape(printed[end : found.start()]) + PATTERNS[found.lastgroup]
        end = found.end()
    return pattern + re.escape(printed[end:])


def _script(demo: Path) -> str:
    running = DataDir(demo).running()
    script = f"echo '{SAID}'\n".join(commands for commands, _ in _steps())
    for printed, here in {
        "http://127.0.0.1:8000": running.api_url,
        "http://127.0.0.1:8025": running.inbox_url,
        ".venv/bin/dialtone": f"{sys.executable} -m cli",
    }.items():
        assert printed in script
        script = script.replace(printed, here)
    return PATIENCE + script


@pytest.fixture(scope="module")
async def said(demo: Path) -> list[str]:
    """What each block of the tour says when all of them are typed one after the other."""
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", _script(demo)), cwd=demo, env=PLAIN, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await shell.communicate()
    assert shell.returncode == 0, output.decode()
    return output.decode().split(f"{SAID}\n")


async def test_the_tour_says_what_the_readme_prints(said: list[str]) -> None:
    for (commands, printed), output in zip(_steps(), said, strict=True):
        if printed:
            assert re.fullmatch(_pattern(printed), output), f"{commands}\nprinted {printed}\nsaid {output}"


async def test_the_tour_ends_with_an_order_completed(said: list[str]) -> None:
    assert "COMPLETED" in "".join(said)
