from pathlib import Path


def replace_figures(page: Path, name: str, figures: str) -> None:
    """Put the figures between the two markers of this name, in place of those of an earlier run.

    Raises:
        ValueError: the page doesn't contain the markers.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = page.read_text().partition(begin)
    _, also_found, after = rest.partition(end)
    if not (found and also_found):
        raise ValueError(f"{page} doesn't contain {begin} and {end}")
    page.write_text(f"{before}{begin}\n\n{figures}\n\n{end}{after}")
