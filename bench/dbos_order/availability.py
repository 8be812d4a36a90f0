def missing() -> str | None:
    """Why DBOS can't be used here, or None if it can."""
    try:
        import dbos  # noqa: F401 - only whether it can be imported
    except ImportError as error:
        return f"{error}; `make bench` installs it, see requirements-bench.txt"
    return None
