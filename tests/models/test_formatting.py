from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from models import formatting

AT = datetime(2026, 12, 11, 15, 0, 5, tzinfo=UTC)
CHICAGO = "America/Chicago"


def test_dates_and_times_are_in_the_time_zone_of_the_tenant() -> None:
    assert formatting.date_time(AT, CHICAGO) == "Fri, Dec 11, 2026, 9:00 AM"
    assert formatting.time_of_day(AT, CHICAGO) == "9:00:05 AM"
    assert formatting.day(date(2026, 12, 11)) == "Fri, Dec 11, 2026"


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        (CHICAGO, "Central Time"),
        ("America/New_York", "Eastern Time"),
        ("Pacific/Honolulu", "Hawaii Time"),
        ("UTC", "Coordinated Universal Time"),
    ],
)
def test_a_time_zone_has_one_name_in_summer_and_winter(zone: str, name: str) -> None:
    assert formatting.zone_name(zone) == name


@pytest.mark.parametrize(
    ("one_time", "monthly", "price"),
    [
        ("199", "65", "$199.00 one-time + $65.00/month"),
        ("1029", "0", "$1,029.00 one-time"),
        ("0", "-7", "-$7.00/month"),
        ("0", "0", ""),
    ],
)
def test_a_price_names_only_what_is_charged(one_time: str, monthly: str, price: str) -> None:
    assert formatting.price(Decimal(one_time), Decimal(monthly), Decimal(0), "USD") == price


@pytest.mark.parametrize(
    ("one_time", "monthly", "monthly_charge", "price", "item_price"),
    [
        ("0", "58", "$7.00 less per month", "$7.00 less per month", "$7.00 less per month"),
        ("0", "70", "$5.00 more per month", "$5.00 more per month", "$5.00 more per month"),
        ("0", "0", "$65.00 less per month", "$65.00 less per month", "$65.00 less per month"),
        ("0", "65", *["No change to the monthly charge"] * 3),
        ("25", "65", "No change to the monthly charge", "$25.00 one-time", "$25.00 one-time"),
        ("25", "58", "$7.00 less per month", *["$25.00 one-time, $7.00 less per month"] * 2),
    ],
)
def test_a_price_that_replaces_another_says_the_difference(
    one_time: str, monthly: str, monthly_charge: str, price: str, item_price: str
) -> None:
    amounts = (Decimal(one_time), Decimal(monthly), Decimal(65), "USD")
    assert formatting.monthly_charge(*amounts[1:]) == monthly_charge
    assert formatting.price(*amounts) == price
    assert formatting.item_price(*amounts) == item_price


@pytest.mark.parametrize(
    ("total", "before", "text"),
    [
        ("168.00", "0.00", "$168.00"),
        ("168.00", "30.00", "$168.00 more"),
        ("-168.00", "30.00", "$168.00 less"),
        ("0.00", "30.00", "No change"),
    ],
)
def test_a_total_is_a_difference_where_a_charge_is_replaced(total: str, before: str, text: str) -> None:
    assert formatting.total_charge(Decimal(total), Decimal(before), "USD") == text


def test_a_price_that_replaces_nothing_says_the_charge() -> None:
    assert formatting.monthly_charge(Decimal(65), Decimal(0), "USD") == "$65.00"
    assert formatting.monthly_charge(Decimal(65), Decimal(0), "USD", "/month") == "$65.00/month"
    assert formatting.item_price(Decimal(0), Decimal(65), Decimal(0), "USD") == "$0.00 one-time, $65.00/month"


@pytest.mark.parametrize(
    ("people", "text"), [([], ""), (["Ann"], "Ann"), (["Ann", "Bob"], "Ann or Bob"), (["A", "B", "C"], "A, B, or C")]
)
def test_names_are_joined_as_a_sentence_needs(people: list[str], text: str) -> None:
    assert formatting.join_names(people, "or") == text
    assert formatting.join_names(people) == text.replace(" or ", " and ")


def test_phone_numbers_are_in_the_national_format_unless_masked() -> None:
    assert formatting.phone_number("+13125550142") == "(312) 555-0142"
    assert formatting.phone_number("•••• 0142") == "•••• 0142"


def test_a_masked_identifier_shows_its_last_four_characters() -> None:
    assert formatting.mask("490154203237518") == "•••••••••••7518"
    assert formatting.mask("12") == "12"
    assert formatting.mask(None) is None


def test_a_title_shows_or_hides_phone_numbers() -> None:
    assert formatting.order_title("Suspend +13125550142") == "Suspend (312) 555-0142"
    assert formatting.order_title("+13125550142 to Ben", masked=True) == "••••••••0142 to Ben"
    assert formatting.order_title("Galaxy S26+ 256 GB for Ann", masked=True) == "Galaxy S26+ 256 GB for Ann"
