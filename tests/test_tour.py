"""Runs the README's tour in a shell: every command works, and prints what the README shows."""

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.data_dir import DataDir
from tests.fixtures.demo import PLAIN

README = Path(__file__).resolve().parent.parent / "README.md"
SEPARATOR = "=== next block ==="
# A machine that runs other tests at the same time is slower than a reader's.
LONGER_SLEEP = 'sleep() { command sleep "$(($1 * 5))"; }\n'
# What differs between runs: ids, signed links, order numbers, names of days and months, digits.
VARIES = re.compile(
    r"(?P<id>\b[0-9A-HJKMNP-TV-Z]{26}\b)|(?P<link>/approve/\S+)|(?P<order>\b[2-9A-Z]{3}-[2-9A-Z]{3}\b)"
    r"|(?P<day>\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b)"
    r"|(?P<month>\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b)|(?P<digits>\d+)"
)
PATTERNS = {
    "id": "[0-9A-Z]{26}",
    "link": r"/approve/\S+",
    "order": "[2-9A-Z]{3}-[2-9A-Z]{3}",
    "day": "[A-Z][a-z]{2}",
    "month": "[A-Z][a-z]{2}",
    "digits": r"\d+",
}


def _blocks() -> Iterator[tuple[str, str]]:
    """The tour's blocks of commands, each with the output the README shows for it, or an empty string."""
    (tour,) = re.findall(r"(?ims)^## [^\n]*\btour\b[^\n]*$(.*?)(?=^## |\Z)", README.read_text())
    yield from re.findall(r"(?s)```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?", tour)


def _pattern(shown: str) -> str:
    """A pattern that matches the same output of another day and another order."""
    pattern, end = "", 0
    for found in VARIES.finditer(shown):
        assert found.lastgroup is not None
        pattern += re.escape(shown[end : found.start()]) + PATTERNS[found.lastgroup]
        end = found.end()
    return pattern + re.escape(shown[end:])


def _script(demo: Path) -> str:
    running = DataDir(demo).running()
    script = f"echo '{SEPARATOR}'\n".join(commands for commands, _ in _blocks())
    for shown, actual in {
        "http://127.0.0.1:8000": running.api_url,
        "http://127.0.0.1:8025": running.inbox_url,
        ".venv/bin/dialtone": f"{sys.executable} -m cli",
    }.items():
        assert shown in script
        script = script.replace(shown, actual)
    return LONGER_SLEEP + script


@pytest.fixture(scope="module")
async def outputs(demo: Path) -> list[str]:
    """The output of each block when all blocks run in one shell."""
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", _script(demo)), cwd=demo, env=PLAIN, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await shell.communicate()
    assert shell.returncode == 0, output.decode()
    return output.decode().split(f"{SEPARATOR}\n")


async def test_the_tour_prints_what_the_readme_shows(outputs: list[str]) -> None:
    for (commands, shown), output in zip(_blocks(), outputs, strict=True):
        if shown:
            assert re.fullmatch(_pattern(shown), output), f"{commands}\nREADME: {shown}\noutput: {output}"


async def test_the_tour_completes_an_order(outputs: list[str]) -> None:
    assert "COMPLETED" in "".join(outputs)
