"""Whatever logs in the process ends as one line on one stream."""

from __future__ import annotations

import json
import logging
import os

import pytest
import structlog

from gateway.log_writer import LineWriter
from gateway.logs import TAKEN_OVER, configure_logs
from keys import mint_text


class LogFile:
    """A file that a writer writes to; reading it closes the writer."""

    def __init__(self, path):
        self._path = path
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.writer = LineWriter(self._fd)

    def text(self):
        assert self.writer.close(10)
        return self._path.read_text()

    def events(self):
        return [json.loads(line) for line in self.text().splitlines()]

    def close(self):
        self.writer.close(10)
        os.close(self._fd)


@pytest.fixture
def log_file(tmp_path):
    """A log file; afterwards the process logs as before."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    others = [logging.getLogger(name) for name in TAKEN_OVER]
    before = [(logger.handlers, logger.propagate, logger.disabled) for logger in others]
    file = LogFile(tmp_path / "log")
    yield file
    file.close()
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)
    for logger, (kept, propagate, disabled) in zip(others, before, strict=True):
        logger.handlers, logger.propagate, logger.disabled = kept, propagate, disabled


def test_an_event_is_one_line_of_json(log_file):
    configure_logs(log_file.writer)
    structlog.get_logger("gateway.server").info("listening", host="127.0.0.1", port=8080)
    [event] = log_file.events()
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "info",
        "event": "listening",
        "logger": "gateway.server",
        "host": "127.0.0.1",
        "port": 8080,
    }


def test_the_standard_librarys_loggers_end_there_too(log_file):
    configure_logs(log_file.writer)
    logging.getLogger("uvicorn.error").warning("started in %d ms", 3)
    logging.getLogger("uvicorn.access").info("GET /?key=secret")
    [event] = log_file.events()
    assert (event["event"], event["level"], event["logger"]) == ("started in 3 ms", "warning", "uvicorn.error")


def test_below_the_level_nothing_is_logged(log_file):
    configure_logs(log_file.writer, level="warning")
    structlog.get_logger().info("quiet")
    logging.getLogger("any").info("quiet")
    structlog.get_logger().warning("loud")
    assert [(event["event"], event["logger"]) for event in log_file.events()] == [("loud", "gateway")]


def test_an_unknown_level_is_refused(log_file):
    with pytest.raises(KeyError):
        configure_logs(log_file.writer, level="chatty")


def test_a_traceback_is_one_field_of_one_line_without_its_secrets(log_file):
    key = mint_text("upstack").text
    configure_logs(log_file.writer)
    try:
        int(f"{key} at postgresql://keys:hunter2@db/keys")
    except ValueError:
        structlog.get_logger("gateway").exception("unexpected", request_id="r-1")
    text = log_file.text()
    [event] = map(json.loads, text.splitlines())
    assert event["exception"].startswith("Traceback")
    assert "ValueError: invalid literal for int() with base 10: 'upstack_" in event["exception"]
    assert key not in text
    assert "hunter2" not in text


@pytest.mark.parametrize("console", [False, True])
def test_no_local_variable_is_shown(log_file, console):
    configure_logs(log_file.writer, console=console)
    held_in_a_variable = "a secret word"
    try:
        len(held_in_a_variable) / 0
    except ZeroDivisionError:
        structlog.get_logger("gateway").exception("unexpected")
    text = log_file.text()
    assert "ZeroDivisionError" in text
    assert "a secret word" not in text


def test_what_comes_from_outside_cannot_break_or_flood_a_line(log_file):
    configure_logs(log_file.writer)
    structlog.get_logger("gateway").warning(
        "odd", client="\x1b[2J\n{}", much="x" * 5000, half="\ud800", deep=["\ud800"]
    )
    structlog.get_logger("gateway").warning("odd", thing=object(), big=2**80)
    [odd, _] = log_file.events()
    assert odd["client"] == r"\x1b[2J\n{}"
    assert len(odd["much"].encode()) <= 1024


def test_at_a_terminal_it_is_coloured_text(log_file):
    configure_logs(log_file.writer, console=True)
    structlog.get_logger("gateway.server").info("listening", port=8080)
    logging.getLogger("uvicorn.error").warning("odd")
    listening, odd = log_file.text().splitlines()
    assert "\x1b[" in listening
    assert "listening" in listening
    assert "8080" in listening
    assert "odd" in odd


def test_a_call_of_a_logger_that_is_wrong_stops_nobody(log_file, capsys):
    configure_logs(log_file.writer)
    logging.getLogger("careless").warning("%d", "not a number")
    assert log_file.text() == ""
    assert "not a number" in capsys.readouterr().err


def test_a_second_call_sends_logs_elsewhere(log_file, tmp_path):
    configure_logs(log_file.writer)
    logger = structlog.get_logger("gateway")
    logger.info("first")
    other = LogFile(tmp_path / "other")
    configure_logs(other.writer)
    logger.info("second")
    assert [event["event"] for event in log_file.events()] == ["first"]
    assert [event["event"] for event in other.events()] == ["second"]
    other.close()
