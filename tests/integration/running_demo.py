"""`gateway demo` as a process of its own: what it wrote, what it says, how it ends."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

from tests.integration.process import Process

if TYPE_CHECKING:
    from pathlib import Path


class RunningDemo(Process):
    """A demo started in `folder`, ready when made. All of its temporary files are below `folder` too."""

    def __init__(self, folder: Path) -> None:
        self.keys_file = folder / "keys.json"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        arguments = ("gateway", "demo", "--port", "0", "--admin-port", "0", "--keys-file", str(self.keys_file))
        super().__init__(folder, *arguments, TMPDIR=str(self.temporary))
        try:
            self.hear(lambda line: "Ctrl-C" in line)  # the last line of the banner
        except AssertionError:
            self.end(signal.SIGKILL)
            raise
        self.written = json.loads(self.keys_file.read_text())
        self.base_url: str = self.written["base_url"]
        self.admin_url: str = self.written["admin_url"]

    @property
    def folder(self) -> Path:
        """Where it keeps its settings and its database."""
        (folder,) = self.temporary.glob("gateway-demo-*")
        return folder

    @property
    def config(self) -> Path:
        return self.folder / "gateway.yaml"

    @property
    def banner(self) -> str:
        """All that it said to a person."""
        return "".join(line for line in self.lines if not line.startswith("{"))

    def key(self, name: str) -> str:
        """The text of a sample key."""
        return self.written["keys"][name]["key"]

    def headers(self, name: str) -> dict[str, str]:
        """The credentials of a sample key, as its API wants them."""
        sample = self.written["keys"][name]
        if "pixel" in sample:
            return {"x-api-key": sample["key"], "x-pixel-id": sample["pixel"]}
        return {"authorization": f"Bearer {sample['key']}"}
