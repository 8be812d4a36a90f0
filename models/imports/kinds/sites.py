from models.cell_type import PHONE_NUMBER, TIME_ZONE, YES_OR_NO, name_of_a_thing, text
from models.imports.kind import Column, ImportKind, Reference, address_columns, whole_address

SITES = ImportKind(
    code="sites",
    title="Sites",
    noun="site",
    about="Places and vehicles whose lines and devices belong to no person.",
    table="site",
    key=("name",),
    one_case=True,
    after=("accounts", "people"),
    check=whole_address,
    columns=(
        Column(
            name="name",
            help="Name that people read, the same in every file.",
            type=text(),
            required=True,
            example="Milwaukee front desk",
        ),
        Column(
            name="account",
            field="account_id",
            help="Number of the account that it belongs to.",
            type=name_of_a_thing(),
            refers=Reference(kind="accounts"),
            required=True,
            example="FA-1500",
        ),
        Column(
            name="contact",
            field="contact_id",
            help="Employee number or email address of who acts for it.",
            type=text(254),
            refers=Reference(kind="people"),
            example="A1011",
        ),
        Column(name="label", help="What it is, such as a vehicle or a kiosk.", type=text(), example="Front desk"),
        Column(name="time_zone", help="Its time zone.", type=TIME_ZONE, example="America/Chicago"),
        Column(
            name="receiver",
            help="Who receives parcels; empty for the contact.",
            type=text(100),
            example="Receiving desk",
        ),
        Column(name="phone", help="Phone number of the receiver.", type=PHONE_NUMBER, example="(414) 555-0111"),
        Column(name="open_hours", help="When parcels are received.", type=text(), example="Mon-Fri 8-5"),
        Column(name="active", help="Whether orders can name it.", type=YES_OR_NO, default=True, example="yes"),
        *address_columns(),
    ),
)
