"""What an operator of Temporal does about its namespace where Dialtone has no permission to."""

from collections.abc import Mapping
from datetime import timedelta

_ASK = "Ask an operator of Temporal to run:"


def add_namespace(namespace: str, wanted: timedelta) -> str:
    return f"{_ASK} temporal operator namespace create --namespace {namespace} --retention {_hours(wanted)}"


def add_search_attributes(namespace: str, missing: Mapping[str, str]) -> str:
    """`missing` has the types of the attributes by name."""
    commands = (
        f"temporal operator search-attribute create --namespace {namespace} --name {name} --type {kind}"
        for name, kind in missing.items()
    )
    return f"{_ASK} {' && '.join(commands)}"


def lengthen_retention(namespace: str, found: timedelta, wanted: timedelta) -> str:
    return (
        f"The namespace {namespace} keeps ended workflows for {_days(found)}, and Dialtone needs {_days(wanted)}. "
        f"{_ASK} temporal operator namespace update --namespace {namespace} --retention {_hours(wanted)}"
    )


def _days(time: timedelta) -> str:
    days = time / timedelta(days=1)
    return "1 day" if days == 1 else f"{days:g} days"


def _hours(time: timedelta) -> str:
    return f"{time / timedelta(hours=1):g}h"
