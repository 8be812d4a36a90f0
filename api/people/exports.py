"""The list of people as a CSV file, with what it shows."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.deps import Access, Services, ServicesDep
from api.http.csv_response import Columns, csv_of_list
from api.http.paging import CursorPage
from api.people import operations
from api.people.routes import PersonLookUpAccess
from api.people.schemas import PeopleQuery, PersonFound
from models.csv_file import MAX_ROWS

router = APIRouter(include_in_schema=False)
PEOPLE: Columns[PersonFound] = {
    "name": lambda person: person.name,
    "title": lambda person: person.title,
    "employee_number": lambda person: person.employee_number,
    "roles": lambda person: " | ".join(person.roles),
    "active": lambda person: person.active,
}


@router.get("/people.csv")
async def export_people(
    query: Annotated[PeopleQuery, Query()], access: PersonLookUpAccess, services: ServicesDep
) -> StreamingResponse:
    return await csv_of_list(partial(_all, services, access), query, PEOPLE, "people.csv")


async def _all(services: Services, access: Access, query: PeopleQuery) -> CursorPage[PersonFound]:
    found = await operations.search(services, access, query.q, limit=MAX_ROWS)
    return CursorPage(items=found, next_cursor=None)
