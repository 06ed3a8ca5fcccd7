"""docs/commands.md, made from the commands themselves, so that no command or option can be undocumented.

python -m deploy.commands > docs/commands.md
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.main import get_command

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """\
# Commands

Every command of `gateway`, `keys` and `upstack` with its options; [keys.md](keys.md) and [demo.md](demo.md) show the last
two at work. Made by `python -m deploy.commands > docs/commands.md`: change the commands, not this page.
"""


def render_commands() -> str:
    """The whole page: a chapter for each program, a section for each command."""
    return "\n".join([HEAD, *(line for name, program in _programs().items() for line in _chapter(name, program))])


def _programs() -> dict[str, Any]:
    """The programs of pyproject.toml's `[project.scripts]`, as command trees."""
    # Loaded here, so that a program that cannot be loaded says so by name.
    from deploy.demo.upstack.cli import app as upstack  # noqa: PLC0415
    from gateway.cli import app as gateway  # noqa: PLC0415
    from keys.cli import app as keys  # noqa: PLC0415

    return {"gateway": get_command(gateway), "keys": get_command(keys), "upstack": get_command(upstack)}


def _chapter(name: str, program: Any) -> Iterator[str]:
    yield f"## {name}\n\n{_sentence(program.help)}\n"
    for words, command in _commands((name,), program):
        yield from _section(words, command)


def _commands(words: tuple[str, ...], group: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands((*words, name), command)
        elif not command.hidden:
            yield (*words, name), command


def _section(words: tuple[str, ...], command: Any) -> Iterator[str]:
    yield f"### {' '.join(words)}\n\n{_sentence(command.help)}\n"
    parameters = [parameter for parameter in command.params if not parameter.hidden]
    if parameters:
        yield "| option | default | meaning |\n|---|---|---|"
        yield from (_row(parameter) for parameter in parameters)
        yield ""


def _row(parameter: Any) -> str:
    is_argument = parameter.param_type_name == "argument"
    spellings = [parameter.metavar or parameter.name.upper()] if is_argument else parameter.opts
    names = ", ".join(f"`{spelling}`" for spelling in (*spellings, *parameter.secondary_opts))
    variable = f" Or the environment's `{parameter.envvar}`." if parameter.envvar else ""
    return f"| {names} | {_default(parameter)} | {_sentence(parameter.help)}{variable} |"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if callable(value) or value is None or value is False or value in ("", (), []):
        return "-"
    return f"`{value.as_posix() if isinstance(value, Path) else getattr(value, 'value', value)}`"


def _sentence(text: str | None) -> str:
    """The first paragraph, on one line, with nothing that would end a table's cell."""
    return " ".join((text or "").split("\n\n", maxsplit=1)[0].split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(render_commands())
