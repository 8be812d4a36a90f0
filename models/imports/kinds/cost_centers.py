from models.cell_type import YES_OR_NO, name_of_a_thing, text
from models.imports.kind import Column, ImportKind, Reference

COST_CENTERS = ImportKind(
    code="cost_centers",
    title="Cost centers",
    noun="cost center",
    about="Where orders and lines are booked, and who approves large orders.",
    table="cost_center",
    key=("code",),
    after=("people",),
    columns=(
        Column(
            name="code",
            help="Code, the same in every file.",
            type=name_of_a_thing(),
            required=True,
            example="CC-1110",
        ),
        Column(name="name", help="Name that people read.", type=text(), required=True, example="Field Sales"),
        Column(
            name="owner",
            field="owner_id",
            help="Employee number or email address of who owns its budget: someone who hasn't left.",
            type=text(254),
            refers=Reference(kind="people", not_left=True),
            example="A1002",
        ),
        Column(
            name="active",
            help="Whether new orders can be booked on it.",
            type=YES_OR_NO,
            default=True,
            example="yes",
        ),
    ),
)
