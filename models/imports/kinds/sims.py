from models.cell_type import EID, ICCID, name_of_a_thing, one_of
from models.imports.kind import Column, ImportKind, Reference
from models.inventory import SimStatus

SIMS = ImportKind(
    code="sims",
    title="SIMs",
    noun="SIM",
    about="SIM cards and eSIM profiles, in use and in stock.",
    table="sim",
    key=("iccid", "eid"),
    any_key=True,
    ended=(SimStatus.RETIRED, SimStatus.VOID),
    columns=(
        Column(
            name="iccid",
            help="SIM number, as text.",
            type=ICCID,
            unique="SIM number",
            example="8901410321111851072",
        ),
        Column(
            name="eid",
            help="ID of the chip of an eSIM, as text.",
            type=EID,
            example="89049032007008882600000000000117",
        ),
        Column(
            name="carrier",
            help="Code of the carrier.",
            type=name_of_a_thing(),
            refers=Reference(kind="carriers", by_key=True),
            required=True,
            example="northwind",
        ),
        Column(
            name="kind", help="`pSIM` (a card) or `eSIM`.", type=one_of("pSIM", "eSIM"), required=True, example="pSIM"
        ),
        Column(
            name="status",
            help="`in_stock`, `active` or `retired`.",
            type=one_of(*(status for status in SimStatus if status is not SimStatus.VOID)),
            default=SimStatus.IN_STOCK.value,
            stock=SimStatus.IN_STOCK.value,
            example="active",
        ),
    ),
)
