"""How the sample people sign in: one password for all, and an authenticator each that the demo knows."""

import hashlib
from base64 import b32encode
from datetime import UTC, datetime

from sqlalchemy.dialects.postgresql import insert

from api.auth.passwords import Passwords
from demo.company.sample import SAMPLE_PEOPLE, SamplePerson
from models.db.encryption import Keyring
from models.db.session import Database
from models.db.sign_in.tables import LoginRow

# Known to everybody who reads this file, like everything of the sample company.
PASSWORD = "seven-green-dialtones"  # noqa: S105 - public on purpose
_SECRET_BYTES = 20
_FOUNDED = datetime(2026, 1, 5, 14, tzinfo=UTC)


def authenticator_of(person: SamplePerson) -> str:
    """The secret of somebody's authenticator; the same in every demo, so that a phone may know it too."""
    drawn = hashlib.sha256(f"dialtone sample {person.id}".encode()).digest()
    return b32encode(drawn[:_SECRET_BYTES]).decode()


async def let_in(database: Database, keyring: Keyring, passwords: Passwords) -> None:
    """Give the sample people, but for the service account, their way to sign in; who has one keeps it."""
    hashed = await passwords.hash(PASSWORD)
    rows = [
        LoginRow(
            tenant=person.tenant,
            person_id=person.id,
            user_name=person.email,
            password_hash=hashed,
            password_at=_FOUNDED,
            factor=keyring.seal(authenticator_of(person).encode()),
            factor_at=_FOUNDED,
            created_at=_FOUNDED,
        )
        for part, person in SAMPLE_PEOPLE.items()
        if part != "service"
    ]
    async with database.transaction() as session:
        connection = await session.connection()
        await connection.execute(insert(LoginRow).on_conflict_do_nothing(), [row.model_dump() for row in rows])
