from tests.fixtures.throw_away import AddModule

_QUESTION = """
from models.answer_type import text
from models.question import Question, Secrecy

PIN = Question(code="pin", label="PIN", help="", type=text(".+", "Any."), example="?", secrecy=Secrecy.SECRET)
"""
_ACTION = """
from types import MappingProxyType

from carriers.tmf622.action import CarrierAction

PORT = CarrierAction(code="port", verb="add", sends=MappingProxyType({"pin": "portPin"}))
"""


def add_secret_question(add_module: AddModule) -> None:
    """A secret question, `pin`."""
    add_module("models.questions", _QUESTION)


def add_sent_secret(add_module: AddModule) -> None:
    """A secret question, and an action that sends it as `portPin`."""
    add_secret_question(add_module)
    add_module("carriers.tmf622.actions", _ACTION)
