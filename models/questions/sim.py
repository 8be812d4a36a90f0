"""The SIM and the device it is in."""

from models.answer_type import one_of, text
from models.identifiers import EID_PATTERN, ICCID_PATTERN, IMEI_PATTERN, parse_eid, parse_iccid, parse_imei
from models.question import Question, Secrecy

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
    type=text(IMEI_PATTERN, "An IMEI has 15 digits. Dial *#06# to see it.", parse_imei, checks="imei"),
    example="490154203237518",
    secrecy=Secrecy.IDENTIFIER,
)
ICCID = Question(
    code="iccid",
    label="SIM number (ICCID)",
    help="19 or 20 digits printed on the SIM card.",
    type=text(
        ICCID_PATTERN,
        "That SIM number isn't valid. Enter the 19 or 20 digits printed on the SIM, starting with 89.",
        parse_iccid,
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
        EID_PATTERN,
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
