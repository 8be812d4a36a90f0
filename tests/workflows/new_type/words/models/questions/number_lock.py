from models.answer_type import one_of, text
from models.question import Question, Secrecy

LOCK_PIN = Question(
    code="lock_pin",
    label="Lock PIN",
    help="Eight digits that unlock the number.",
    type=text("[0-9]{8}", "A lock PIN has eight digits."),
    example="13572468",
    secrecy=Secrecy.SECRET,
)
LETTER_CODE = Question(
    code="letter_code",
    label="Letter code",
    help="Six characters in the letter that the carrier sends you.",
    type=text("[A-Z]{3}-[0-9]{2}", "A letter code looks like ABC-12."),
    example="ABC-12",
    secrecy=Secrecy.IDENTIFIER,
)
UNLOCK_WORD = Question(
    code="unlock_word",
    label="Unlock word",
    help="A word that you choose for calls to the carrier.",
    type=text("[a-z]{6,}", "An unlock word has six letters or more."),
    example="window",
    secrecy=Secrecy.SECRET,
)
LOCK_LEVEL = Question(
    code="lock_level",
    label="Lock level",
    help="A strict lock also stops SIM changes.",
    type=one_of("standard", "strict", standard="Standard lock", strict="Strict lock"),
    example="strict",
)
