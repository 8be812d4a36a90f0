from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.deps import ServicesDep
from api.http.layout import SEARCH_PATH, render_page
from api.search.operations import LIMIT, MIN_LENGTH, search
from api.search.routes import SearchAccess
from models.search_query import searchable_words

router = APIRouter(include_in_schema=False)


@router.get(SEARCH_PATH)
async def show_search(
    request: Request, *, access: SearchAccess, services: ServicesDep, q: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    text = q.strip()
    found = await search(services, access, text) if len(text) >= MIN_LENGTH and searchable_words(text) else None
    context = {"text": text, "found": found, "limit": LIMIT, "min_length": MIN_LENGTH}
    return await render_page(request, services, access, "search/results.html", context)
