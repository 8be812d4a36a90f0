"""Email addresses, parsed in one place: wherever one enters, and once more before an email is sent to it."""

from email.utils import parseaddr

from email_validator import EmailNotValidError, validate_email


def parse(text: str) -> str:
    """The address with its domain as DNS spells it. Raises ValueError.

    Before the @ only ASCII is taken: of the servers on the way, many refuse anything else.
    """
    try:
        address = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error
    return f"{address.local_part}@{address.ascii_domain}"


def check_sender(text: str) -> str:
    """`Name <box@domain>` or an address, unchanged. Raises ValueError."""
    parse(parseaddr(text)[1])
    return text
