"""The courses that the lifecycle of an order can take, for the first order type of each shape.

`make test-slow` runs them for all other types and variants.
"""

import pytest

from tests.workflows.ahead import Ahead, Course
from tests.workflows.cases import all_cases, first_of_each_shape
from tests.workflows.plays import plays_of

FIRST = first_of_each_shape()
OTHERS = [case for case in all_cases() if case not in FIRST]
COURSES = [
    pytest.param(course, id=f"{case.name}-{name}", marks=marks)
    for cases, marks in ((FIRST, ()), (OTHERS, pytest.mark.slow))
    for case in cases
    for name, course in plays_of(case)
]


@pytest.mark.parametrize("course", COURSES)
async def test_an_order_takes_the_course(ahead: Ahead, course: Course) -> None:
    await ahead.result(course)
