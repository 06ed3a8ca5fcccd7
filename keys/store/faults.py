"""The seam to the drivers: whatever they raise becomes StoreUnavailable here, once, with a text safe to show."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from keys.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# First match wins: subclasses stand above their bases. The driver's own text stays out of it, for it may quote values;
# it is the cause of the exception, for the log.
_WORDS: Mapping[type[BaseException], str] = {
    PoolTimeout: "every connection to the key store is in use",
    DBAPIError: "the key store cannot be read or written",
    SQLAlchemyError: "the key store gave an answer that makes no sense",
    TimeoutError: "the key store did not answer in time",
    OSError: "the key store cannot be reached",
}


@contextmanager
def translating_faults() -> Iterator[None]:
    """Around everything that touches a driver. Raises StoreUnavailable for its errors.

    A broken constraint goes through as it is: the code above has checked the rules, so it is a bug, not an outage.
    """
    try:
        yield
    except IntegrityError:
        raise
    except tuple(_WORDS) as error:
        words = next(text for kind, text in _WORDS.items() if isinstance(error, kind))
        raise StoreUnavailable(f"{words} ({_driver_name(error)})") from error


def _driver_name(error: BaseException) -> str:
    """The class of the driver's own error: `OperationalError`, `ConnectionRefusedError`."""
    return type(getattr(error, "orig", None) or error).__name__
