"""Errors whose message is shown in the terminal as it is."""


class StartFailed(Exception):
    """A server of the demo could not be started."""


class ProgramEnded(Exception):
    """A program of the running demo ended without being stopped."""
