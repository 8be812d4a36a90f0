"""The logins of the sample people."""

import hashlib
from base64 import b32encode
from datetime import UTC, datetime

from api.auth.passwords import Passwords
from demo.company.sample import EMPLOYEES, SAMPLE_PEOPLE, SamplePerson
from models.db.encryption import Keyring
from models.db.session import Database
from models.db.sign_in import logins
from models.db.sign_in.logins import NewLogin, seal_factor

PASSWORD = "seven-green-dialtones"  # noqa: S105 - public on purpose
_SECRET_BYTES = 20
_CREATED_AT = datetime(2026, 1, 5, 14, tzinfo=UTC)


def authenticator_secret(person: SamplePerson) -> str:
    """The same in every demo, so that an app on a phone can keep it."""
    digest = hashlib.sha256(f"dialtone sample {person.id}".encode()).digest()
    return b32encode(digest[:_SECRET_BYTES]).decode()


async def create_logins(database: Database, keyring: Keyring, passwords: Passwords) -> None:
    """Create missing logins for everyone in the sample company except the service account.

    Those who are no sample people set up an authenticator when they first sign in.
    """
    hashed, enrolled = await passwords.hash(PASSWORD), {person.id for person in SAMPLE_PEOPLE.values()}
    new = [_login(person, hashed, keyring if person.id in enrolled else None) for person in EMPLOYEES]
    await database.run(logins.add_missing, new, at=_CREATED_AT)


def _login(person: SamplePerson, hashed: str, keyring: Keyring | None) -> NewLogin:
    """With a sealed factor if there is a keyring."""
    secret = authenticator_secret(person)
    factor = seal_factor(keyring, person.tenant, person.id, secret) if keyring else None
    return NewLogin(
        tenant=person.tenant, person_id=person.id, user_name=person.email, password_hash=hashed, factor=factor
    )
