import asyncio

from sqlmodel import text

from models.db.session import Database


async def wait_until_blocked(database: Database) -> None:
    """Wait until a transaction waits for another one's lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(10):
        while True:
            async with database.engine.connect() as connection:
                if await connection.scalar(waiting):
                    return
            await asyncio.sleep(0.01)
