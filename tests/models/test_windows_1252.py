"""Words that were read as windows-1252, and those that another encoding had."""

import pytest

from models.windows_1252 import misread

RIGHT = (
    *(
        "Siobhán O\u2019Brien",
        "1\u20132 Main St",
        "€5 “off”",
        "100 m² and 3 m³",
        "Mª José",
        "1ª",
        "Nº 5",
        "L\u2018Avenir",
    ),
    *("Mon\u2013Fri 8\u20135", "Noël…", "Crème Brûlée", "Bölöni László", "Dušan Žižek", "Özgür Çelik", "José Núñez"),
    *[
        "Müller-Lüdenscheid",
        "Ödegård",
        "Conceição",
        "São",
        "François",
        "Søren",
        "Håkan",
        "Guðmundsdóttir",
        "Þórólfur",
        "Tomáš",
        "Gökçe",
        "Nicolò",
    ],
    *[
        "Lluïsa",
        "Mercè",
        "Curaçao",
        "één",
        "Weiß",
        "Straße",
        "Œuvre",
        "cœur",
        "£500",
        "¥1,000",
        "¿Qué?",
        "¡Hola!",
        "Widget™",
        "naïve",
        "É",
        "à",
        "Ærøskøbing",
    ],
    *["Mészáros", "Siân", "Citroën", "Ítalo", "Àngel", "résumé", "Zoë"],
)
MISREAD = (
    ("cp437", "Café"), ("cp437", "Köln"), ("cp437", "España"), ("cp437", "René Lévy"), ("cp437", "Muñoz"),
    ("cp437", "Noël"), ("cp437", "garçon"), ("cp437", "Héloïse"), ("cp437", "Österreich"), ("cp850", "Pérez Peña"),
    ("cp1250", "Jiří Dvořák"), ("cp1250", "Michał Wałęsa"), ("cp1250", "Łukasz"), ("cp1250", "Grażyna Dąbrowska"),
    ("cp1250", "Nováček"), ("cp1250", "Ştefan Mureşan"), ("cp1250", "Pawła"), ("cp1250", "Małgorzata"),
    ("cp1251", "Иванов"), ("cp1251", "ИВАНОВ"), ("cp1251", "Анна Петрова"), ("cp1251", "Юля"),
    ("mac_roman", "Café"), ("mac_roman", "Muñoz"), ("mac_roman", "Zürich"),
)  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_what_people_write_in_windows_1252_is_read_right(text: str) -> None:
    assert misread(text.encode("cp1252").decode("cp1252")) == ""


@pytest.mark.parametrize(("encoding", "name"), MISREAD)
def test_what_is_written_in_another_encoding_is_noticed(encoding: str, name: str) -> None:
    content = name.encode(encoding)
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return  # a byte that windows-1252 doesn't have
    assert misread(text) != ""
