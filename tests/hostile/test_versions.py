"""O3: every version is pinned with its hashes, and none is below the floors of SECURITY.md section 2."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = {
    "uvicorn": (0, 30),  # I6
    "h11": (0, 16, 0),  # I8, CVE-2025-43859
    "httptools": (0, 6, 4),  # I9, CVE-2024-27982
    "starlette": (1, 0, 1),  # I10, CVE-2026-48710
    "redis": (5,),  # I12, CVE-2023-28859
}
_PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)", re.MULTILINE)


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


@pytest.mark.parametrize("name", FLOORS)
def test_o3_no_installed_version_is_below_its_floor(name):
    assert numbers(version(name)) >= FLOORS[name]


@pytest.mark.parametrize("file", ["runtime.txt", "dev.txt"])
def test_o3_every_pin_has_hashes_and_none_is_below_its_floor(file):
    text = (ROOT / "requirements" / file).read_text()
    pins = _PIN.findall(text)
    entries = re.split(r"^(?=[a-z0-9-]+(?:\[[a-z,]+\])?==)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins) > 10
    assert all("--hash=sha256:" in entry for entry in entries)
    assert all(numbers(pinned) >= FLOORS[name] for name, pinned in pins if name in FLOORS)
