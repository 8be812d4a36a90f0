"""The logins of the sample people."""

import hashlib
from base64 import b32encode
from datetime import UTC, datetime

from sqlalchemy.dialects.postgresql import insert

from api.auth.passwords import Passwords
from demo.company.sample import SAMPLE_PEOPLE
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
    """Create missing logins for the sample people except the service account."""
    hashed = await passwords.hash(PASSWORD)
    rows = [
        LoginRow(
            tenant=person.tenant,
            person_id=person.id,
            user_name=person.email,
            password_hash=hashed,
            password_at=_CREATED_AT,
            factor=seal_factor(keyring, person.tenant, person.id, authenticator_secret(person)),
            factor_at=_CREATED_AT,
            created_at=_CREATED_AT,
        )
        for role, person in SAMPLE_PEOPLE.items()
        if role != "service"
    ]
    async with database.transaction() as session:
        connection = await session.connection()
        await connection.execute(insert(LoginRow).on_conflict_do_nothing(), [row.model_dump() for row in rows])
