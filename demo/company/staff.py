"""The people of Acme Logistics: the managers and sample people, and names for the rest of the staff."""

from dataclasses import dataclass

from models.facts import Role


@dataclass(frozen=True, kw_only=True)
class PersonSpec:
    """`manager` is a person key; `department` and `owns` (the accounts owned) are department keys."""

    key: str
    name: str
    title: str
    department: str
    manager: str | None
    roles: tuple[Role, ...] = ()
    groups: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()
    active: bool = True
    lines: int = 1


PEOPLE = (
    PersonSpec(
        key="evelyn",
        name="Evelyn Park",
        title="Chief Executive Officer",
        department="company",
        manager=None,
        groups=("executives",),
    ),
    PersonSpec(
        key="marcus",
        name="Marcus Webb",
        title="Vice President, Sales",
        department="sales",
        manager="evelyn",
        groups=("executives",),
    ),
    PersonSpec(
        key="lena",
        name="Lena Fischer",
        title="Vice President, Operations",
        department="operations",
        manager="evelyn",
        groups=("executives",),
    ),
    PersonSpec(
        key="samuel",
        name="Samuel Adeyemi",
        title="Chief Information Officer",
        department="technology",
        manager="evelyn",
        groups=("executives",),
    ),
    PersonSpec(
        key="ingrid",
        name="Ingrid Larsen",
        title="Chief Financial Officer",
        department="finance",
        manager="evelyn",
        groups=("executives",),
    ),
    PersonSpec(
        key="dana",
        name="Dana Ortiz",
        title="Regional Sales Manager",
        department="field_sales",
        manager="marcus",
    ),
    PersonSpec(key="victor", name="Victor Nowak", title="Fleet Manager", department="fleet", manager="lena"),
    PersonSpec(
        key="rosa",
        name="Rosa Delgado",
        title="Warehouse Manager",
        department="warehousing",
        manager="lena",
        active=False,
        lines=0,
    ),
    PersonSpec(
        key="helen",
        name="Helen Brooks",
        title="Infrastructure Manager",
        department="technology",
        manager="samuel",
    ),
    PersonSpec(key="omar", name="Omar Haddad", title="Controller", department="finance", manager="ingrid"),
    PersonSpec(
        key="nadia",
        name="Nadia Petrova",
        title="Customer Service Manager",
        department="service",
        manager="lena",
    ),
    PersonSpec(
        key="jordan",
        name="Jordan Blake",
        title="Account Executive",
        department="field_sales",
        manager="dana",
        lines=0,
    ),
    PersonSpec(
        key="grace",
        name="Grace Holloway",
        title="Director of Procurement",
        department="finance",
        manager="ingrid",
        roles=(Role.OWNER,),
        owns=("company",),
    ),
    PersonSpec(
        key="peter",
        name="Peter Lindqvist",
        title="Operations Coordinator",
        department="operations",
        manager="lena",
        roles=(Role.OWNER,),
        owns=("operations",),
    ),
    PersonSpec(
        key="theo",
        name="Theo Marsh",
        title="Telecom Desk Analyst",
        department="technology",
        manager="helen",
        roles=(Role.DESK,),
    ),
    PersonSpec(
        key="wendy",
        name="Wendy Osei",
        title="IT Support Specialist",
        department="technology",
        manager="helen",
        roles=(Role.SUPPORT,),
    ),
    PersonSpec(
        key="carl",
        name="Carl Jensen",
        title="Customer Care Agent",
        department="service",
        manager="nadia",
        roles=(Role.CARE,),
    ),
    PersonSpec(
        key="priya",
        name="Priya Raman",
        title="Telecom Administrator",
        department="technology",
        manager="helen",
        roles=(Role.ADMIN,),
    ),
    PersonSpec(
        key="tomas",
        name="Tomas Vega",
        title="Deputy Telecom Administrator",
        department="technology",
        manager="helen",
        roles=(Role.ADMIN,),
    ),
    PersonSpec(
        key="iris",
        name="Iris Kimura",
        title="Internal Auditor",
        department="finance",
        manager="omar",
        roles=(Role.AUDITOR,),
        lines=0,
    ),
    PersonSpec(
        key="onboarding",
        name="Onboarding System",
        title="HR Service Account",
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
