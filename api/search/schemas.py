from api.accounts.schemas import AccountSummary
from api.http.schemas import ResponseModel
from api.inventory.schemas import DeviceView, LineView
from api.orders.schemas import OrderSummary, PersonView


class SearchResults(ResponseModel):
    """The first results of each type; `more` is true if a type has further ones.

    `interpreted_as` says how the text was interpreted.
    """

    interpreted_as: str
    orders: list[OrderSummary]
    lines: list[LineView]
    devices: list[DeviceView]
    accounts: list[AccountSummary]
    people: list[PersonView]
    more: bool

    @property
    def empty(self) -> bool:
        return not (self.orders or self.lines or self.devices or self.accounts or self.people)
