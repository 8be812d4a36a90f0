"""Why the demo can't run."""

from runtime.command_errors import CommandFailed


class StartFailed(CommandFailed):
    """A server of the demo could not be started."""


class ProgramEnded(CommandFailed):
    """A program of the running demo ended without being stopped."""
