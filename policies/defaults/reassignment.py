from policies.default_answer import DefaultAnswer

DEVICE_MOVES = DefaultAnswer(code="device_moves", compute=lambda _, __: True)
CHARGE_MOVE = DefaultAnswer(code="charge_move", compute=lambda _, __: "none")
