"""The SIM and the device it is in."""

from models.answer_type import one_of, text
from models.identifiers import parse_eid, parse_iccid, parse_imei
from models.question import Question, Secrecy

# A number of digits, which people and boxes also write in groups.
_DIGITS = "[0-9](?:[ -]*[0-9]){{{}}}"

SIM_TYPE = Question(
    code="sim_type",
    label="SIM type",
    help="An eSIM downloads to the phone; there's no card. Choose a physical SIM if the phone doesn't support eSIM.",
    type=one_of("eSIM", "pSIM", eSIM="eSIM", pSIM="Physical SIM"),
    example="eSIM",
)
IMEI = Question(
    code="imei",
    label="Device ID (IMEI)",
    help="15 digits on the box, or dial *#06#.",
    type=text(_DIGITS.format(14), "An IMEI has 15 digits. Dial *#06# to see it.", parse_imei, checks="imei"),
    example="490154203237518",
    secrecy=Secrecy.IDENTIFIER,
)
ICCID = Question(
    code="iccid",
    label="SIM number (ICCID)",
    help="19 or 20 digits printed on the SIM card.",
    type=text(
        _DIGITS.format("18,19"),
        "That SIM number isn't valid. Enter the 19 or 20 digits printed on the SIM, starting with 89.",
        parse_iccid,
        checks="iccid",
    ),
    example="89014103211118510720",
    secrecy=Secrecy.IDENTIFIER,
    replaces="sim.iccid",
    exclusive=True,
    invalid_code="ICCID_INVALID",
)
EID = Question(
    code="eid",
    label="eSIM ID (EID)",
    help="32 digits under Settings > About.",
    type=text(
        _DIGITS.format(31),
        "That eSIM ID isn't valid. Enter the 32 digits shown under Settings > About.",
        parse_eid,
        checks="eid",
    ),
    example="89049032123451234512345678901235",
    secrecy=Secrecy.IDENTIFIER,
    invalid_code="EID_INVALID",
)
SIM_REASON = Question(
    code="sim_reason",
    label="Reason for the new SIM",
    help="If the SIM card was lost, a manager approves the order.",
    type=one_of(
        "faulty",
        "wiped",
        "lost_card",
        "upgrade",
        faulty="It doesn't work",
        wiped="The phone was wiped",
        lost_card="The SIM card was lost",
        upgrade="Upgrade",
    ),
    example="faulty",
)
