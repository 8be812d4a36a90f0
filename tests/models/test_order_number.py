import re

import pytest

from models.order_number import ALPHABET, generate, parse


def test_a_number_has_six_characters_without_look_alikes() -> None:
    numbers = {generate() for _ in range(500)}
    assert len(numbers) > 490
    assert all(re.fullmatch(f"[{ALPHABET}]{{3}}-[{ALPHABET}]{{3}}", number) for number in numbers)
    assert not set("01OILSBZAEU") & set(ALPHABET)


@pytest.mark.parametrize("text", ["D7K-4F2", "d7k-4f2", " D7K4F2 ", "d7k 4f2"])
def test_a_number_is_parsed_in_any_format(text: str) -> None:
    assert parse(text) == "D7K-4F2"


@pytest.mark.parametrize("text", ["", "D7K-4F", "D7K-4F22", "O7K-4F2", "01KB0Z3V9T6Y4W8M2N5Q7R1S3X"])
def test_other_text_is_not_parsed_as_a_number(text: str) -> None:
    assert parse(text) is None
