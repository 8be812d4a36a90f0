from models.cell_type import PHONE_NUMBER, YES_OR_NO, name_of_a_thing, one_of, several, text
from models.imports.kind import Column, ImportKind, Reference

ACCOUNTS = ImportKind(
    code="accounts",
    title="Accounts",
    noun="account",
    about="The company and its departments. Orders and lines are charged to them.",
    table="account",
    key=("number",),
    tree="parent",
    columns=(
        Column(
            name="number",
            help="Account number, the same in every file.",
            type=name_of_a_thing(),
            required=True,
            example="FA-1110",
        ),
        Column(name="name", help="Name that people read.", type=text(), required=True, example="Field Sales"),
        Column(
            name="parent",
            field="parent_id",
            help="Number of the account above; empty for the company.",
            type=name_of_a_thing(),
            refers=Reference(kind="accounts"),
            example="FA-1000",
        ),
        Column(
            name="kind",
            help="`company` for the top account.",
            type=one_of("company", "department"),
            default="department",
            example="department",
        ),
        Column(
            name="active",
            help="Whether new orders can be charged to it.",
            type=YES_OR_NO,
            default=True,
            example="yes",
        ),
        Column(
            name="critical_numbers",
            help="Phone numbers that the company must not lose.",
            type=several(PHONE_NUMBER),
            default=(),
            example="(312) 555-0100 | (312) 555-0101",
        ),
    ),
)
