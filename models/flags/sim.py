from models.flag import Flag

SIM_CHECK_DIGIT = Flag(
    code="SIM_CHECK_DIGIT", text="The check digit of a SIM number doesn't fit. Compare the number with the card."
)
