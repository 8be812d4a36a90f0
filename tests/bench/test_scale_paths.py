"""Every page, list and download has a request that is measured."""

import string

from fastapi.routing import APIRoute

from api.app import API_MODULES, ROOT_MODULES
from bench.scale.loading import Size
from bench.scale.measured_paths import NOT_MEASURED, PATHS, Sample


def get_routes() -> set[str]:
    modules = [("/api/v1", module) for module in API_MODULES] + [("", module) for module in ROOT_MODULES]
    return {
        prefix + route.path
        for prefix, module in modules
        for route in module.router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    }


def test_every_route_that_answers_a_get_is_measured_or_is_named_with_the_reason() -> None:
    assert get_routes() | {"/api/v1/openapi.json"} == PATHS.keys() | NOT_MEASURED.keys()
    assert not PATHS.keys() & NOT_MEASURED.keys()


def test_the_paths_name_things_of_the_company() -> None:
    known = Sample.of(Size.of(2_000)).ids.keys()
    named = {name for paths in PATHS.values() for path in paths for _, name, *_ in string.Formatter().parse(path)}
    assert named - {None} <= known
