"""The courses that the lifecycle of an order can take, for the first order type of each shape.

`make test-slow` runs them for all other types and variants.
"""

from functools import partial

import pytest

from tests.workflows.ahead import Ahead, Course
from tests.workflows.cases import all_cases, first_of_each_shape
from tests.workflows.plays import plays_of

FIRST = [case.name for case in first_of_each_shape()]
COURSES = [
    pytest.param(
        partial(play, case=case),
        id=f"{case.name}-{name}",
        marks=() if case.name in FIRST else pytest.mark.slow,
    )
    for case in all_cases()
    for name, play in plays_of(case)
]


@pytest.mark.parametrize("course", COURSES)
async def test_an_order_takes_the_course(ahead: Ahead, course: Course) -> None:
    await ahead.result(course)
