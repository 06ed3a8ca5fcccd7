"""The application's own log (start, stop, changes of state, bugs) through structlog, on the stream of the access lines.

Everything that logs in this process ends here, the standard library's loggers and uvicorn's too: one JSON object a
line, or coloured text for a person at a terminal. docs/logs.md names the fields.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from gateway.redaction import clean, redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structlog.typing import EventDict, Processor, WrappedLogger

    from gateway.log_writer import LineWriter

TRACEBACK_CHARACTERS = 16 * 1024
TAKEN_OVER = ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio")
"""Loggers that bring handlers of their own."""


def configure_logs(writer: LineWriter, *, level: str = "info", console: bool = False) -> None:
    """Send every log of the process to `writer`. May be called again, with another writer or level.

    `level` is a name of the standard library's, in any case; raises KeyError for another.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    render = _redacting(_console_renderer() if console else _render_json)
    structlog.configure(
        processors=[*_SHARED, render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *names: _LineLogger(writer, names),
        cache_logger_on_first_use=False,  # or a logger once used would keep the writer of before
    )
    _take_over_stdlib(_StdlibHandler(writer, render), number)


def _take_over_stdlib(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in TAKEN_OVER:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # gateway/record.py writes that line


class _LineLogger:
    """What structlog logs to in the end: each method of the name of a level takes one rendered line."""

    def __init__(self, writer: LineWriter, names: Sequence[str]) -> None:
        self._writer = writer
        self.name = names[0] if names else "gateway"

    def msg(self, line: str) -> None:
        self._writer.write(line.encode() + b"\n")

    debug = info = warning = error = critical = msg


class _StdlibHandler(logging.Handler):
    """The same for what is logged through `logging`."""

    def __init__(self, writer: LineWriter, render: Processor) -> None:
        super().__init__()
        self._writer = writer
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=_SHARED,
                processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
            )
        )

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._writer.write(self.format(record).encode() + b"\n")
        except Exception:  # noqa: BLE001 - the contract of logging.Handler: a bad call of a logger ends here
            self.handleError(record)


def _cleaned(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Every text of the event fit for a log; of a traceback its end, which names the error."""
    for name, value in event.items():
        if isinstance(value, str) and name != "exception":
            event[name] = clean(value)
    if isinstance(event.get("exception"), str):
        event["exception"] = event["exception"].encode(errors="backslashreplace").decode()[-TRACEBACK_CHARACTERS:]
    return event


def _render_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    try:
        return orjson.dumps(event, default=_shown).decode()
    except TypeError:  # a key that is no text, a number over 64 bits, a lone surrogate deep inside
        return json.dumps(event, default=_shown, skipkeys=True)


def _console_renderer() -> Processor:
    # the plain formatter: the rich one shows local variables, and a key may be among them
    return structlog.dev.ConsoleRenderer(timestamp_key="time", exception_formatter=structlog.dev.plain_traceback)


def _redacting(render: Processor) -> Processor:
    """A renderer whose whole line is looked through, wherever in the event a secret may have come from."""

    def render_redacted(logger: WrappedLogger, method: str, event: EventDict) -> str:
        return redact(str(render(logger, method, event)))

    return render_redacted


def _shown(value: Any) -> str:
    return clean(str(value))


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    structlog.processors.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.format_exc_info,
    _cleaned,
]
