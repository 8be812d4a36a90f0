from models.flag import Flag

LIMIT_NOT_PUBLISHED = Flag(
    code="LIMIT_NOT_PUBLISHED",
    text="The carrier doesn't publish for how long it keeps the line suspended, or what it does after that. An operator"
    " is asked to find out.",
)
