"""Errors that end a command of the command line."""


class CommandFailed(Exception):
    """The user can fix it: its message is shown in the terminal as it is, without a traceback."""
