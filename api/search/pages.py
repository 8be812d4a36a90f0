"""The page of the search box: one text, and everything it finds."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.deps import Access, Needs, ServicesDep
from api.http.layout import SEARCH, show
from api.search.operations import search
from policies.access import Right

router = APIRouter(include_in_schema=False)
SHORTEST = 2


@router.get(SEARCH)
async def show_search(
    request: Request,
    *,
    access: Annotated[Access, Depends(Needs(Right.SEARCH))],
    services: ServicesDep,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """What was looked for, and what was found; without a text, what can be looked for."""
    text = q.strip()
    found = await search(services, access, text) if len(text) >= SHORTEST else None
    return await show(request, services, access, "search/results.html", {"text": text, "found": found})
