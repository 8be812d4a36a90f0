"""The logins of the sample people."""

import hashlib
from base64 import b32encode
from datetime import UTC, datetime

from sqlalchemy.dialects.postgresql import insert

from api.auth.passwords import Passwords
from demo.company.sample import EMPLOYEES, SAMPLE_PEOPLE
from models.db.encryption import Keyring
from models.db.people.tables import PersonRow
from models.db.session import Database
from models.db.sign_in.logins import seal_factor
from models.db.sign_in.tables import LoginRow

PASSWORD = "seven-green-dialtones"  # noqa: S105 - public on purpose
_SECRET_BYTES = 20
_CREATED_AT = datetime(2026, 1, 5, 14, tzinfo=UTC)


def authenticator_secret(person: PersonRow) -> str:
    """The same in every demo, so that an app on a phone can keep it."""
    digest = hashlib.sha256(f"dialtone sample {person.id}".encode()).digest()
    return b32encode(digest[:_SECRET_BYTES]).decode()


async def create_logins(database: Database, keyring: Keyring, passwords: Passwords) -> None:
    """Create missing logins for everyone in the sample company except the service account.

    Those who are no sample people set up an authenticator when they first sign in.
    """
    hashed, enrolled = await passwords.hash(PASSWORD), {person.id for person in SAMPLE_PEOPLE.values()}
    rows = [_login(person, hashed, keyring if person.id in enrolled else None) for person in EMPLOYEES]
    async with database.transaction() as session:
        connection = await session.connection()
        await connection.execute(insert(LoginRow).on_conflict_do_nothing(), [row.model_dump() for row in rows])


def _login(person: PersonRow, hashed: str, keyring: Keyring | None) -> LoginRow:
    """With a sealed factor if there is a keyring."""
    secret = authenticator_secret(person)
    return LoginRow(
        tenant=person.tenant,
        person_id=person.id,
        user_name=person.email,
        password_hash=hashed,
        password_at=_CREATED_AT,
        factor=seal_factor(keyring, person.tenant, person.id, secret) if keyring else None,
        factor_at=_CREATED_AT if keyring else None,
        created_at=_CREATED_AT,
    )
