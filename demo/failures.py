"""What stops a demo server from starting, in words for the person at the terminal."""


class StartFailed(Exception):  # noqa: N818 - named like the errors of models: by what happened
    """A server of the demo could not be started; the message says which, why and what to do."""
