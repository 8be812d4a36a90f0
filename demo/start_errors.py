"""What stops a demo server from starting, in words for the person at the terminal."""


class StartFailed(Exception):
    """A server of the demo could not be started; the message says which, why and what to do."""


class ProgramEnded(Exception):
    """A program of the running demo ended by itself; the message says which and what it wrote last."""
