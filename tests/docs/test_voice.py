"""What people read is plain US English: no word the product does not use, and US spelling everywhere."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from api.app import create_app
from api.deps import Services
from tests.docs.reader_text import of_module, of_template, passages
from tests.project_files import ROOT, project_texts

# Not in any file: code, tests, templates and docs alike.
BANNED = "whoever somebody till mend mends mended heed strand dossier courier postman".split()  # noqa: SIM905
# Not in any text that people read.
PHRASES = (
    r"\bgoes on\b",
    r"\bwished\b",
    r"\blets\b",
    r"\bis to be\b",
    r"\bwas told\b",
    r"\bit is about\b",
    r"^Nothing:",
    r"\bone's\b",
    r"(?<!no )\bone (may|can|must|does|has|is|wants|needs)\b",
    r"\b(everybody|nobody|anybody) (who|may|is|has)\b",
    r"\bmay (not )?(see|order|approve|decide|change|cancel|place|choose|do|use|read|send|take)\b",
    r"\be-mail",
    r"\btelephone number",
    r"(?<!e-)\bmails?\b",
    r"\bby hand\b",
)
# The standard TMF622 spells its states this way, and so do asyncio and Temporal.
FOREIGN = re.compile(r"\b(?:is_cancelled_exception|cancelled\(|cancelling\(|\w*CancelledError|aria-labelledby)")
TMF622 = (
    *("carriers/tmf622/", "demo/simulator/", "models/lifecycle.py"),
    *("tests/tmf622/", "tests/carriers/tmf622/", "tests/demo/simulator/", "tests/models/test_lifecycle_tables.py"),
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]{2,}")


def _british() -> dict[str, str]:
    """British spellings and their American ones, from codespell's dictionary."""
    lines = files("codespell_lib").joinpath("data/dictionary_en-GB_to_en-US.txt").read_text().splitlines()
    pairs = (line.split("->") for line in lines if "->" in line)
    return {british: american.split(",")[0] for british, american in pairs}


BRITISH = _british()


def banned(text: str) -> list[str]:
    """The banned words in any file."""
    return re.findall(rf"(?i)\b(?:{'|'.join(BANNED)})\b", text)


def phrases(text: str) -> list[str]:
    """The phrases that no text for people may hold."""
    return [found.group() for phrase in PHRASES for found in re.finditer(phrase, text, re.IGNORECASE | re.MULTILINE)]


def british(text: str) -> list[str]:
    """British spellings, within names as well: `cost_centre`, `isAuthorised`."""
    words = (word.lower() for word in _WORD.findall(FOREIGN.sub(" ", text)))
    return [f"{word} → {BRITISH[word]}" for word in words if word in BRITISH]


def _texts() -> Iterator[tuple[Path, str]]:
    me = Path(__file__).relative_to(ROOT)
    yield from ((path, text) for path, text in project_texts() if path != me)


def test_no_file_holds_a_banned_word() -> None:
    assert {str(path): found for path, text in _texts() if (found := banned(text))} == {}


def test_every_file_is_in_us_spelling() -> None:
    ours = ((path, text) for path, text in _texts() if not str(path).startswith(TMF622))
    assert {str(path): found for path, text in ours if (found := british(f"{path} {text}"))} == {}


def test_no_text_for_people_holds_a_banned_phrase() -> None:
    app = create_app(
        cast("Services", SimpleNamespace(public_url="http://dialtone.test", temporal_ui_url="http://ui.test"))
    )
    found = [(passage.place, what) for passage in passages(app) for what in phrases(passage.text)]
    assert found == []


@pytest.mark.parametrize(
    "template",
    ["<p>Whoever approves it</p>", '<a title="Ask somebody">?</a>', '{{ button("Wait till Monday") }}'],
)
def test_a_banned_word_in_a_template_is_found(template: str) -> None:
    assert [word for text in of_template(template) for word in banned(text)]


def test_a_banned_phrase_in_an_error_is_found() -> None:
    source = 'raise NotFound("The order goes on by e-post, telephone number 7.")'
    assert [found for text in of_module(source) for found in phrases(text)] == ["goes on", "telephone number"]


def test_a_british_name_is_found() -> None:
    assert british("cost_centre = isAuthorised(Catalogue)") == [
        "centre → center", "authorised → authorized", "catalogue → catalog",
    ]  # fmt: skip
