from models.flag import Flag

OUT_OF_POLICY = Flag(
    code="OUT_OF_POLICY",
    text="Out of policy: the order includes a product that isn't a standard choice.",
    out_of_policy=True,
)
OVER_DEVICE_CAP = Flag(
    code="OVER_DEVICE_CAP",
    text="Out of policy: the device costs more than the policy's limit for devices.",
    out_of_policy=True,
)
OVER_LINE_ALLOWANCE = Flag(
    code="OVER_LINE_ALLOWANCE",
    text="Out of policy: this is one line more than an employee normally has.",
    out_of_policy=True,
)
