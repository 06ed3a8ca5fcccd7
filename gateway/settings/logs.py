"""What is logged, and how."""

from typing import Literal

from pydantic import Field

from keys import Section


class LogSettings(Section):
    """The log: one line for each request, and one for each event worth an operator's attention."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least that is logged.")
    format: Literal["auto", "json", "console"] = Field(
        default="auto", description="JSON lines, or coloured text; auto: text in a terminal, else JSON."
    )
