"""Who works at Acme Logistics: those with a part to play by name, the others drawn from a list."""

from dataclasses import dataclass, field

from models.facts import Role


@dataclass(frozen=True, kw_only=True)
class Position:
    """One person with a part: `manager` and `department` are keys, `owns` the departments answered for."""

    key: str
    name: str
    title: str
    department: str
    manager: str | None
    roles: tuple[Role, ...] = ()
    groups: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()
    active: bool = True
    lines: int = field(default=1)


POSITIONS = (
    Position(
        key="evelyn",
        name="Evelyn Park",
        title="Chief Executive Officer",
        department="company",
        manager=None,
        groups=("executives",),
    ),
    Position(
        key="marcus",
        name="Marcus Webb",
        title="Vice President, Sales",
        department="sales",
        manager="evelyn",
        groups=("executives",),
    ),
    Position(
        key="lena",
        name="Lena Fischer",
        title="Vice President, Operations",
        department="operations",
        manager="evelyn",
        groups=("executives",),
    ),
    Position(
        key="samuel",
        name="Samuel Adeyemi",
        title="Chief Information Officer",
        department="technology",
        manager="evelyn",
        groups=("executives",),
    ),
    Position(
        key="ingrid",
        name="Ingrid Larsen",
        title="Chief Financial Officer",
        department="finance",
        manager="evelyn",
        groups=("executives",),
    ),
    Position(
        key="dana",
        name="Dana Ortiz",
        title="Regional Sales Manager",
        department="field_sales",
        manager="marcus",
    ),
    Position(key="victor", name="Victor Nowak", title="Fleet Manager", department="fleet", manager="lena"),
    Position(
        key="rosa",
        name="Rosa Delgado",
        title="Warehouse Manager",
        department="warehousing",
        manager="lena",
        active=False,
        lines=0,
    ),
    Position(
        key="helen",
        name="Helen Brooks",
        title="Infrastructure Manager",
        department="technology",
        manager="samuel",
    ),
    Position(key="omar", name="Omar Haddad", title="Controller", department="finance", manager="ingrid"),
    Position(
        key="nadia",
        name="Nadia Petrova",
        title="Customer Service Manager",
        department="service",
        manager="lena",
    ),
    Position(
        key="jordan",
        name="Jordan Blake",
        title="Account Executive",
        department="field_sales",
        manager="dana",
        lines=0,
    ),
    Position(
        key="grace",
        name="Grace Holloway",
        title="Director of Procurement",
        department="finance",
        manager="ingrid",
        roles=(Role.OWNER,),
        owns=("company",),
    ),
    Position(
        key="peter",
        name="Peter Lindqvist",
        title="Operations Coordinator",
        department="operations",
        manager="lena",
        roles=(Role.OWNER,),
        owns=("operations",),
    ),
    Position(
        key="theo",
        name="Theo Marsh",
        title="Telecom Desk Analyst",
        department="technology",
        manager="helen",
        roles=(Role.DESK,),
    ),
    Position(
        key="wendy",
        name="Wendy Osei",
        title="IT Support Specialist",
        department="technology",
        manager="helen",
        roles=(Role.SUPPORT,),
    ),
    Position(
        key="carl",
        name="Carl Jensen",
        title="Customer Care Agent",
        department="service",
        manager="nadia",
        roles=(Role.CARE,),
    ),
    Position(
        key="priya",
        name="Priya Raman",
        title="Telecom Administrator",
        department="technology",
        manager="helen",
        roles=(Role.ADMIN,),
    ),
    Position(
        key="tomas",
        name="Tomas Vega",
        title="Deputy Telecom Administrator",
        department="technology",
        manager="helen",
        roles=(Role.ADMIN,),
    ),
    Position(
        key="iris",
        name="Iris Kimura",
        title="Internal Auditor",
        department="finance",
        manager="omar",
        roles=(Role.AUDITOR,),
        lines=0,
    ),
    Position(
        key="onboarding",
        name="Onboarding System",
        title="Service account of Human Resources",
        department="technology",
        manager="helen",
        roles=(Role.SERVICE,),
        lines=0,
    ),
)

LEADS = {
    "company": "evelyn",
    "sales": "marcus",
    "field_sales": "dana",
    "operations": "lena",
    "fleet": "victor",
    "warehousing": "rosa",
    "technology": "helen",
    "finance": "omar",
    "service": "nadia",
    "gary": "victor",
}
BUDGETS = {
    "company": "ingrid",
    "sales": "marcus",
    "field_sales": "marcus",
    "operations": "lena",
    "fleet": "lena",
    "warehousing": "lena",
    "technology": "samuel",
    "finance": "ingrid",
    "service": "lena",
    "gary": "lena",
}

FIRST_NAMES = (
    "Aaron Bianca Caleb Denise Elliot Farah Gavin Hannah Isaac Jasmine Keith Laura Miguel Nora Oscar Paula Quentin "
    "Renee Stefan Tara Umar Valerie Wesley Ximena Yusuf Zoe Andre Brooke Cedric Dalia Emmett Fiona Glenn Hilda Ivan "
    "Janet Kofi Lucia Mason Noemi Otis Petra"
)
LAST_NAMES = (
    "Abbott Bergman Castillo Dawson Eriksen Fontaine Gallagher Hughes Ibrahim Jacobs Kowalski Lambert Mbeki Novak "
    "Okafor Pruitt Quintero Russo Schneider Tanaka Underwood Vasquez Whitaker Xiong Yates Zimmer Ashford Banerjee "
    "Calloway Donovan Estrada Flynn Goldman Hartley Iverson Juarez Kim Langley Moreno Nakamura Olsen Patel"
)
