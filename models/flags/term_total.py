from models.flag import Flag

OVER_THRESHOLD = Flag(code="OVER_THRESHOLD", text="The total over the term is high enough to need budget approval.")
