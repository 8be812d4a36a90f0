from models.flag import Flag

WEAK_LOCK = Flag(code="WEAK_LOCK", text="A standard lock doesn't stop SIM changes.")
