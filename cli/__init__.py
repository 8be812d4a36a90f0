"""The `dialtone` command. Its modules import at run time what a command needs, so that all of them start quickly."""

from cli.main import app

__all__ = ["app"]
