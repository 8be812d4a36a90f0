"""The project's own files, as tests read them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = {".py", ".md", ".html", ".css", ".js", ".txt", ".toml", ".mako", ".sh", ""}
PACKAGES = (
    "activities", "api", "bench", "carriers", "cli", "demo", "models", "notifications", "outbox", "policies", "runtime",
    "workflows",
)  # fmt: skip


def project_files() -> Iterator[Path]:
    """Every file as a path below the root; nothing hidden, built or installed."""
    for path in sorted(ROOT.rglob("*")):
        below = path.relative_to(ROOT)
        ours = not any(part.startswith((".", "__pycache__")) or part.endswith(".egg-info") for part in below.parts)
        if ours and path.is_file():
            yield below


def project_texts() -> Iterator[tuple[Path, str]]:
    """Every text file with its content."""
    yield from ((path, (ROOT / path).read_text()) for path in project_files() if path.suffix in TEXT)


def product_modules() -> Iterator[tuple[Path, ast.Module]]:
    """Every module of the product with its syntax tree; no tests and no migrations."""
    for path in project_files():
        product = path.parts[0] in {*PACKAGES, "worker.py"} and "migrations" not in path.parts
        if product and path.suffix == ".py":
            yield path, ast.parse((ROOT / path).read_text())
