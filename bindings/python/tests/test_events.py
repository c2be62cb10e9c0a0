"""The types of events, held to what every language shares."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from msnp import events

GUIDE = Path(__file__).parents[2] / "mapping/src/guide.md"


def told(heading: str) -> dict[str, set[str]]:
    """The events of a table of the guide, with their fields."""
    section = GUIDE.read_text("utf-8").split(f"\n# {heading}\n")[1].split("\n# ")[0]
    rows = [row.split(" |") for row in section.splitlines() if row.startswith("| `")]
    return {row[0].strip("| `"): set(row[1].split("`")[1::2]) for row in rows}


@pytest.mark.parametrize(
    ("union", "heading"), [(events.ClientEvent, "Events"), (events.SessionEvent, "Events of a session")]
)
def test_every_event_has_its_type_and_every_type_its_event(union: Any, heading: str) -> None:
    typed = {}
    for kind in get_args(union):
        (name,) = get_args(get_type_hints(kind)["event"])
        assert name == kind.__name__
        typed[name] = set(kind.__required_keys__) - {"event"}
    if "Received" in typed:
        typed["Received"] -= {"data"}  # bytes, which stand beside
    assert typed == told(heading)
