"""The SIM and the device of a line: what of them is shipped, and which identifiers they get."""

from collections.abc import Iterator

from demo.simulator.action import Characteristics, Rejection
from demo.simulator.numbers import NumberGenerator, is_tac

_DEFAULT_TAC = "35209900"


def rejects(requested: Characteristics) -> Rejection | None:
    tac = requested.get("deviceTac")
    if tac and not is_tac(tac):
        return Rejection("INVALID_DEVICE_TAC", "a type allocation code must have 8 digits")
    return None


def ships(requested: Characteristics) -> bool:
    """A device or SIM that the client does not have yet, or accessories."""
    sim = requested.get("simType") == "pSIM" and not requested.get("ICCID")
    return _lacks_device(requested) or sim or bool(requested.get("accessorySkus"))


def assigns(requested: Characteristics, numbers: NumberGenerator) -> Characteristics:
    """The identifiers that the SIM and the device lack."""
    generated = dict(_identifiers(requested, numbers))
    return {name: value for name, value in generated.items() if not requested.get(name)}


def reveals(requested: Characteristics, numbers: NumberGenerator) -> Characteristics:
    """An eSIM has a code that downloads it."""
    return {"activationCode": numbers.activation_code()} if requested.get("simType") == "eSIM" else {}


def _identifiers(requested: Characteristics, numbers: NumberGenerator) -> Iterator[tuple[str, str]]:
    esim = requested.get("simType") == "eSIM"
    if requested.get("simType") == "pSIM":
        yield "ICCID", numbers.iccid()
    if esim:
        yield "EID", numbers.eid()
    if _lacks_device(requested):
        tac = str(requested.get("deviceTac") or _DEFAULT_TAC)
        yield "IMEI", numbers.imei(tac)
        if esim:  # the device has a SIM slot as well, and an IMEI for each
            yield "IMEI2", numbers.imei(tac)


def _lacks_device(requested: Characteristics) -> bool:
    return bool(requested.get("deviceSku")) and not requested.get("IMEI")
