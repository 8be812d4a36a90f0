from models.cell_type import MONEY, name_of_a_thing
from models.imports.kind import Column, ImportKind, Reference

PRICES = ImportKind(
    code="prices",
    title="Contract prices",
    noun="price",
    about="What products cost an account and those below it. List prices are in the catalog.",
    table="price",
    key=("sku", "account"),
    after=("accounts", "catalog"),
    columns=(
        Column(
            name="sku",
            help="Code of the product.",
            type=name_of_a_thing(64),
            refers=Reference(kind="catalog", by_key=True),
            required=True,
            example="IPHONE-17-256",
        ),
        Column(
            name="account",
            field="account_id",
            help="Number of the account, usually of the company.",
            type=name_of_a_thing(),
            refers=Reference(kind="accounts"),
            required=True,
            example="FA-1000",
        ),
        Column(name="one_time", help="Price.", type=MONEY, default=0, example="792.00"),
        Column(name="monthly", help="Price per month.", type=MONEY, default=0, example="0.00"),
    ),
)
