"""docs/operations.md names every log event, and none that doesn't exist."""

import ast
import re
from collections.abc import Iterator

from tests.docs.pages import DOCS, table
from tests.project_files import product_modules

DOCUMENTED = {name for row in table(DOCS / "operations.md", "event") for name in re.findall(r"\w+", row["event"])}


def _nodes() -> Iterator[ast.AST]:
    for path, tree in product_modules():
        if path.parts[0] not in {"bench", "demo"}:
            yield from ast.walk(tree)


def _logged() -> Iterator[object]:
    """The events that are logged by a constant name."""
    for node in _nodes():
        match node:
            case (
                ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "_log")), args=args)
                | ast.Call(func=ast.Name(id="FailureLog"), args=args)
            ):
                yield from (one.value for one in args if isinstance(one, ast.Constant))


def test_every_log_event_is_documented() -> None:
    logged = set(_logged())
    assert {"request", "email_not_recorded", "workflow_check_failed"} <= logged
    assert logged - DOCUMENTED == set()


def test_every_documented_log_event_exists() -> None:
    constants = {node.value for node in _nodes() if isinstance(node, ast.Constant)}
    # The name of an email's event ends in what became of the email.
    assert {name for name in DOCUMENTED if constants.isdisjoint({name, name.removeprefix("email_")})} == set()
