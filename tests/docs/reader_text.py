"""Collects the text that people read: templates, messages in code, the API contract, the CLI, README and docs."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from fastapi import FastAPI

import cli
from tests.docs.pages import PAGES, prose
from tests.project_files import ROOT, product_modules

_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_JINJA_STRING = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_ATTRIBUTE = re.compile(r"\b(?:title|placeholder|alt|aria-label|content)=\"([^\"]*)\"")
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


@dataclass(frozen=True)
class Passage:
    """A text and the file it stands in."""

    place: str
    text: str


def passages(app: FastAPI) -> Iterator[Passage]:
    """Every text of the product that a person may read."""
    for page in PAGES:
        yield Passage(_name(page), prose(page))
    for path in _templates():
        yield from (Passage(_name(path), text) for text in of_template(path.read_text()))
    for module, _ in product_modules():
        yield from (Passage(str(module), text) for text in of_module((ROOT / module).read_text()))
    yield from (Passage("OpenAPI", text) for text in _of_contract(app.openapi()))
    yield from (Passage("dialtone --help", text) for text in _of_command(typer.main.get_command(cli.app)))
    yield from (Passage("Makefile", text) for text in re.findall(r"## (.*)", (ROOT / "Makefile").read_text()))


def of_template(source: str) -> Iterator[str]:
    """The visible text of a template, the attributes people read, and the sentences in its expressions."""
    yield from _ATTRIBUTE.findall(source)
    for expression in _JINJA.findall(source):
        yield from (one or other for one, other in _JINJA_STRING.findall(expression))
    yield _TAG.sub(" ", _JINJA.sub(" ", source))


def of_module(source: str) -> Iterator[str]:
    """The strings of a module that hold a blank: sentences and labels, not names. Docstrings are left out."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield from [node.value] if " " in node.value.strip() else []


def _of_contract(document: object) -> Iterator[str]:
    if isinstance(document, dict):
        for key, value in document.items():
            if key in {"summary", "description", "title"} and isinstance(value, str):
                yield value
            else:
                yield from _of_contract(value)
    elif isinstance(document, list):
        for value in document:
            yield from _of_contract(value)


def _of_command(command: Any) -> Iterator[str]:
    """The help of a command, its options and its subcommands."""
    yield command.help or ""
    yield from (getattr(option, "help", None) or "" for option in command.params)
    for one in getattr(command, "commands", {}).values():
        yield from _of_command(one)


def _templates() -> Iterator[Path]:
    for folder in ("api/templates", "notifications/templates", "demo/inbox/templates"):
        yield from (path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in {".html", ".txt"})


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))
