async def keep_state(_: object) -> None:
    """For pools whose connections keep no state of a session, and so need no round trip to reset it."""
