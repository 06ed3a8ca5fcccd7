"""One that is measured: where it listens, which process it is, and what each request must say to be let in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Contender:
    """`headers`: one mapping for each key, used in rotation. `log`: what it has written so far."""

    name: str
    port: int
    pid: int
    headers: tuple[dict[str, str], ...]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def forget_log(self) -> None:
        """Empties the log, which grows by megabytes a second and is appended to: a disk is soon full."""
        os.truncate(self.log, 0)
