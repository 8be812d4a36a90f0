"""The stylesheet, measured, and the parts pages are made of."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from api.http.static_files import FOLDER
from api.http.status_colors import TONES, tone
from api.http.templating import _environment
from models.lifecycle import ItemState, Status

SHEET = (FOLDER / "dialtone.css").read_text()
TEMPLATES = FOLDER.parent / "templates"
TOKEN = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")
TEXT, CONTROL = 4.5, 3.0  # WCAG 2.2 AA: 1.4.3 and 1.4.11
GROUNDS = ("ground", "paper", "sunken")
READ = [
    *[(ink, ground, TEXT) for ink in ("ink", "muted", "accent", "accent-deep", "stop") for ground in GROUNDS],
    *[(tone, f"{tone}-wash", TEXT) for tone in ("done", "busy", "wait", "stop", "quiet")],
    *[("ink", f"{tone}-wash", TEXT) for tone in ("done", "busy", "wait", "stop")],
    *[(ink, "wash", TEXT) for ink in ("ink", "muted", "accent-deep")],
    *[("on-accent", ground, TEXT) for ground in ("accent", "accent-deep")],
    *[(edge, "paper", CONTROL) for edge in ("edge", "accent", "stop", "done")],
]


def schemes() -> dict[str, dict[str, str]]:
    """The colors by name, of the light and of the dark scheme."""
    light, dark = SHEET.split("@media (prefers-color-scheme: dark)")
    return {"light": dict(TOKEN.findall(light)), "dark": dict(TOKEN.findall(dark))}


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_is_legible(scheme: str) -> None:
    colors = schemes()[scheme]
    assert [
        (ink, on, round(measured, 2))
        for ink, on, least in READ
        if (measured := contrast(colors[ink], colors[on])) < least
    ] == []


def test_both_schemes_name_the_same_colors() -> None:
    light, dark = schemes().values()
    assert light.keys() == dark.keys()


def test_colors_and_variables_are_written_down_once() -> None:
    rules = SHEET.split("--- Ground")[1].split("--- Paper")[0]
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgb\(", rules) == []
    declared = set(re.findall(r"^\s+--([a-z0-9-]+):", SHEET, re.MULTILINE))
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", SHEET)) == declared


def test_every_class_of_a_template_has_a_look() -> None:
    known = set(re.findall(r"\.([a-z][a-z0-9-]*)", SHEET))
    for template in TEMPLATES.rglob("*.html"):
        written = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", template.read_text(), flags=re.DOTALL)
        used = {name for names in re.findall(r'class="([^"]*)"', written) for name in names.split()}
        assert {name for name in used if not name.endswith("-")} - known <= {"in-menu"}, template.name


def test_no_template_brings_style_or_script_of_its_own() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?! type=\"module\" src=\"/static/)", text), template


def test_every_state_has_a_tone_and_every_tone_a_look() -> None:
    quiet = {Status.DRAFT, Status.WITHDRAWN, Status.CANCELED, ItemState.PENDING, ItemState.CANCELED}
    assert {one for one in (*Status, *ItemState) if tone(one) == "quiet"} == quiet
    assert all(f".tone-{name} " in SHEET for name in TONES.values())


def part(source: str, **context: Any) -> str:
    return _environment().from_string(source).render(zone="America/Chicago", **context)


def test_times_are_shown_where_the_tenant_is_and_told_to_machines() -> None:
    at = datetime(2026, 12, 4, 15, 0, tzinfo=UTC)
    shown = part(
        '{% from "components/values.html" import moment, brief with context %}{{ moment(at) }} {{ brief(at) }}', at=at
    )
    assert '<time datetime="2026-12-04T15:00:00+00:00">Fri, Dec 4, 2026, 9:00 AM CST</time>' in shown
    assert ">Dec 4, 2026, 9:00 AM</time>" in shown


def test_a_field_is_tied_to_its_help_and_its_error() -> None:
    shown = part(
        '{% from "components/forms.html" import field %}'
        '{{ field("imei", "imei", "IMEI", value=said, help="15 digits", error="Too short.",'
        ' more={"inputmode": "numeric"}) }}',
        said='1"<b>',
    )
    assert '<label for="imei">IMEI <span class="optional">(optional)</span></label>' in shown
    assert 'aria-describedby="imei-help imei-wrong"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'inputmode="numeric"' in shown
    assert 'id="imei-wrong"' in shown
    assert "1&#34;&lt;b&gt;" in shown


def test_a_field_that_is_right_says_nothing_of_errors() -> None:
    shown = part('{% from "components/forms.html" import area %}{{ area("why", "reason", "Reason", required=true) }}')
    assert "aria-" not in shown
    assert "optional" not in shown
    assert re.search(r"<textarea[^>]* required>", shown)


def test_a_choice_keeps_what_was_chosen() -> None:
    shown = part(
        '{% from "components/forms.html" import choices %}'
        '{{ choices("sim", "sim", "SIM", [("esim", "eSIM", ""), ("psim", "Card", "$5.00")], chosen=["psim"]) }}'
    )
    assert re.search(r'value="psim" checked', shown)
    assert not re.search(r'value="esim" checked', shown)
    assert "<legend>SIM" in shown
