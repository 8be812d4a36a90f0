"""The stylesheets and the components of pages."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from api.http.static_files import FOLDER
from api.http.statuses import DEVICE_STATUSES, LINE_STATUSES, TONES, tone
from api.http.templating import _environment
from models.inventory import DeviceStatus, LineStatus
from models.lifecycle import ItemState, Status
from models.status_labels import label

TOKENS, SHEET = ((FOLDER / name).read_text() for name in ("tokens.css", "dialtone.css"))
TEMPLATES = FOLDER.parent / "templates"
TOKEN = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")
TEXT, CONTROL = 4.5, 3.0  # WCAG 2.2 AA: 1.4.3 and 1.4.11
BACKGROUNDS = ("background", "surface", "surface-sunken")
COLOR_PAIRS = [
    *[
        (color, background, TEXT)
        for color in ("text-color", "muted", "accent", "accent-deep", "stop")
        for background in BACKGROUNDS
    ],
    *[(tone, f"{tone}-wash", TEXT) for tone in ("done", "busy", "wait", "stop", "quiet")],
    *[("text-color", f"{tone}-wash", TEXT) for tone in ("done", "busy", "wait", "stop")],
    *[(color, "accent-wash", TEXT) for color in ("text-color", "muted", "accent-deep")],
    *[("on-accent", background, TEXT) for background in ("accent", "accent-deep")],
    *[(border, "surface", CONTROL) for border in ("border-strong", "accent", "stop", "done")],
]


def schemes() -> dict[str, dict[str, str]]:
    """The colors of the light and the dark scheme, by name."""
    light, dark = TOKENS.split("@media (prefers-color-scheme: dark)")
    return {"light": dict(TOKEN.findall(light)), "dark": dict(TOKEN.findall(dark))}


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_in_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_color_pair_has_enough_contrast(scheme: str) -> None:
    colors = schemes()[scheme]
    assert [
        (color, background, round(measured, 2))
        for color, background, required in COLOR_PAIRS
        if (measured := contrast(colors[color], colors[background])) < required
    ] == []


def test_both_schemes_define_the_same_colors() -> None:
    light, dark = schemes().values()
    assert light.keys() == dark.keys()


def test_rules_use_colors_only_through_declared_variables() -> None:
    rules = SHEET.partition("--- Print")[0]
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgb\(", rules) == []
    declared = set(re.findall(r"^\s+--([a-z0-9-]+):", TOKENS, re.MULTILINE))
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", SHEET)) == declared


def test_every_class_of_a_template_has_a_style() -> None:
    known = set(re.findall(r"\.([a-z][a-z0-9-]*)", SHEET))
    for template in TEMPLATES.rglob("*.html"):
        html = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", template.read_text(), flags=re.DOTALL)
        used = {name for names in re.findall(r'class="([^"]*)"', html) for name in names.split()}
        assert {name for name in used if not name.endswith("-")} - known <= {"in-menu"}, template.name


def test_no_template_has_inline_styles_or_scripts() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?! type=\"module\" src=\"/static/)", text), template


def test_every_status_has_a_tone_and_every_tone_a_style() -> None:
    order_statuses = {
        Status.DRAFT,
        Status.WITHDRAWN,
        Status.CANCELED,
        ItemState.PENDING,
        ItemState.CANCELED,
        ItemState.RETURNED,
    }
    quiet = order_statuses | {LineStatus.PENDING, LineStatus.DISCONNECTED, LineStatus.VOID, DeviceStatus.RETIRED}
    assert {one for one in (*Status, *ItemState, *LineStatus, *DeviceStatus) if tone(one) == "quiet"} == quiet
    assert all(f".tone-{name} " in SHEET for name in TONES.values())


def test_lines_and_devices_have_labels_and_tones_of_their_own() -> None:
    assert (tone(LineStatus.SUSPENDED), tone(DeviceStatus.LOST_STOLEN)) == ("wait", "stop")
    assert (
        LINE_STATUSES[LineStatus.PENDING],
        DEVICE_STATUSES[DeviceStatus.ACTIVE],
        LINE_STATUSES[LineStatus.ACTIVE],
    ) == (
        "Setting up",
        "In use",
        "Active",
    )
    assert LINE_STATUSES.keys() == {*LineStatus}
    assert DEVICE_STATUSES.keys() == {*DeviceStatus}


def test_the_header_of_a_page_colors_a_status_by_its_code() -> None:
    shown = render(
        '{% from "components/blocks.html" import head with context %}'
        '{{ head("iPhone", "lost_stolen", "Device", DEVICE_STATUSES["lost_stolen"]) }}'
    )
    assert '<span class="chip tone-stop">Lost or stolen</span>' in shown


def test_a_status_without_a_label_of_its_own_reads_as_words() -> None:
    assert (label("IN_FULFILLMENT"), label("AWAITING_APPROVAL"), label(None)) == ("Processing", "Awaiting approval", "")


def render(source: str, **context: Any) -> str:
    return _environment().from_string(source).render(zone="America/Chicago", **context)


def test_times_are_shown_in_the_tenant_s_zone_with_a_machine_readable_value() -> None:
    at = datetime(2026, 12, 4, 15, 0, tzinfo=UTC)
    shown = render('{% from "components/values.html" import moment with context %}{{ moment(at) }}', at=at)
    assert '<time datetime="2026-12-04T15:00:00+00:00">Fri, Dec 4, 2026, 9:00 AM</time>' in shown


def test_a_field_refers_to_its_help_and_its_error() -> None:
    shown = render(
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


def test_a_required_field_with_help_keeps_both_attributes() -> None:
    shown = render(
        '{% from "components/forms.html" import field %}'
        '{{ field("imei", "imei", "IMEI", help="15 digits", required=true) }}'
    )
    assert re.search(r'<input[^>]* required [^>]*aria-describedby="imei-help"', shown)


def test_a_valid_field_has_no_error_attributes() -> None:
    shown = render('{% from "components/forms.html" import area %}{{ area("why", "reason", "Reason", required=true) }}')
    assert "aria-" not in shown
    assert "optional" not in shown
    assert re.search(r"<textarea[^>]* required>", shown)


def test_the_chosen_option_is_checked() -> None:
    shown = render(
        '{% from "components/forms.html" import choices %}'
        '{{ choices("sim", "sim", "SIM", [("esim", "eSIM", ""), ("psim", "Card", "$5.00")], chosen=["psim"]) }}'
    )
    assert re.search(r'value="psim" checked', shown)
    assert not re.search(r'value="esim" checked', shown)
    assert "<legend>SIM" in shown
