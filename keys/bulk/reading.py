"""A CSV or JSON lines file -> records with the number of the line that each begins at. Nothing is interpreted here."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from keys.errors import KeysError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import TextIO

MAX_LINE = 64 * 1024


class Format(StrEnum):
    """How keys are written in a file."""

    CSV = "csv"
    JSONL = "jsonl"


class FileInvalid(KeysError):  # noqa: N818 - a state, like the other errors of keys
    """The file cannot be read as what it should be, as a whole."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one line says, not yet understood; `broken` says why nothing can be made of it."""

    line: int
    values: Mapping[str, Any]
    broken: str | None = None


def format_of(path: Path) -> Format:
    """What the name of a file says. Raises FileInvalid."""
    found = {".csv": Format.CSV, ".jsonl": Format.JSONL, ".ndjson": Format.JSONL}.get(path.suffix.lower())
    if found is None:
        raise FileInvalid(f"{path.name} does not say what it is; allowed: .csv, .jsonl, .ndjson, or --format")
    return found


def read_records(path: Path, form: Format, on_bytes: Callable[[int], None]) -> Iterator[Record]:
    """Every record of the file. `on_bytes` is told now and then how far reading has come. Raises FileInvalid."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            buffer: Any = file.buffer
            for count, record in enumerate(_READERS[form](file)):
                if count % 1000 == 0:
                    on_bytes(buffer.tell())
                yield record
            on_bytes(buffer.tell())
    except UnicodeDecodeError as error:
        raise FileInvalid(f"{path.name} is not UTF-8") from error
    except OSError as error:
        raise FileInvalid(f"{path.name} cannot be read: {error.strerror}") from error
    except csv.Error as error:
        raise FileInvalid(f"{path.name} is no CSV file: {error}") from error


def _read_csv(file: TextIO) -> Iterator[Record]:
    reader = csv.DictReader(_bounded(file), restkey="", strict=True)
    line = 1 + bool(reader.fieldnames)
    for row in reader:
        broken = "has more fields than the first line has names" if "" in row else None
        yield Record(line, {name: text for name, text in row.items() if text}, broken)
        line = reader.line_num + 1


def _read_jsonl(file: TextIO) -> Iterator[Record]:
    for line, text in enumerate(_bounded(file), start=1):
        if not text.strip():
            continue
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            yield Record(line, {}, "is no JSON")
            continue
        if isinstance(value, dict):
            yield Record(line, {name: member for name, member in value.items() if member is not None})
        else:
            yield Record(line, {}, "is no JSON object")


def _bounded(file: TextIO) -> Iterator[str]:
    while line := file.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise FileInvalid(f"a line is longer than {MAX_LINE} characters")
        yield line


_READERS = {Format.CSV: _read_csv, Format.JSONL: _read_jsonl}
