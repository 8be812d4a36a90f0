import pytest
from pydantic import ValidationError

from api.orders.contact import OrderContact
from api.people.schemas import PersonIn
from models.email_address import parse
from models.settings import Settings

WRONG = [
    "ann", "ann@acme", "@acme.example.com", "ann@@acme.example.com", "ann smith@acme.example.com",
    "ann.@acme.example.com", "Ann <ann@acme.example.com>", "ann@acme.example.com\r\nBcc: eve@evil.example.com",
    "jörg@acme.example.com", "ann@[127.0.0.1]", "ann@acme.example.com,eve@evil.example.com",
    f"ann@{'a' * 64}.example.com",
]  # fmt: skip


@pytest.mark.parametrize("text", ["ann@acme.example.com", " o'brien+x@acme.example.com "])
def test_an_address_is_stripped(text: str) -> None:
    assert parse(text) == text.strip()


def test_a_domain_is_spelled_as_in_dns() -> None:
    assert parse("ann@bücher.example.com") == "ann@xn--bcher-kva.example.com"


@pytest.mark.fault("25")
@pytest.mark.parametrize("text", WRONG)
def test_what_no_server_takes_is_refused_wherever_an_address_enters(text: str) -> None:
    person = {"name": "Ann", "employee_number": "A1", "account": "FA-1"}
    with pytest.raises(ValueError, match=r"@-sign|email address"):
        parse(text)
    for door in (
        lambda: PersonIn.model_validate({**person, "email": text}),
        lambda: OrderContact.model_validate({"email": text}),
    ):
        with pytest.raises(ValidationError, match="email_address"):
            door()


@pytest.mark.parametrize("sender", ["Dialtone", "Dialtone <orders>", "Dialtone <orders@acme>", ""])
def test_a_process_does_not_start_with_a_sender_that_is_no_address(sender: str) -> None:
    with pytest.raises(ValidationError, match="mail_from"):
        Settings(environment="development", DATABASE_URL="postgresql://x", mail_from=sender)
