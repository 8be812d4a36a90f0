"""Runs what several tests of a module wait for at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.workflows.workflow_env import WorkflowEnv

Course = Callable[[WorkflowEnv], Awaitable[Any]]
AT_ONCE = 4  # more would only compete for the processor


@dataclass
class Ahead:
    """`courses` are those of a module's tests, in sequence. The next ones run while a test waits for its own."""

    env: WorkflowEnv
    courses: Sequence[Course]
    _running: dict[Course, asyncio.Task[Any]] = field(default_factory=dict)

    async def result(self, course: Course) -> Any:
        """What the course returns; it is started if no earlier test did."""
        position = self.courses.index(course)
        for one in self.courses[position : position + AT_ONCE]:
            if one not in self._running:
                self._running[one] = asyncio.create_task(_start(one, self.env))
        return await self._running[course]

    async def close(self) -> None:
        """Stop the courses of tests that another process runs, or that are not run at all."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)


def courses_of(request: pytest.FixtureRequest) -> list[Course]:
    """The parameters `course` of the module's selected tests."""
    of_module = (item for item in request.session.items if item.path == request.path)
    found: list[Course | None] = [test.callspec.params.get("course") for test in of_module if hasattr(test, "callspec")]
    return [course for course in found if course is not None]


async def _start(course: Course, env: WorkflowEnv) -> Any:
    return await course(env)
