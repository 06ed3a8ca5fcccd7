"""What a connection has received and not parsed yet: the start of a request, or requests that came before their turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.http.head import check_partial, parse_head

if TYPE_CHECKING:
    from gateway.http.head import Head, HeadRules


class HeadBuffer:
    """Bytes go in as they come; heads come out one by one, and what follows a head as a whole."""

    __slots__ = ("_blank_skipped", "_bytes", "_rules", "checked_bytes")

    def __init__(self, rules: HeadRules) -> None:
        self._rules = rules
        self._bytes = bytearray()
        self._blank_skipped = False
        self.checked_bytes = 0
        """How much of an unfinished head `next_head` has seen; 0 while none has begun."""

    def __len__(self) -> int:
        return len(self._bytes)

    def add(self, received: bytes) -> None:
        self._bytes += received

    def clear(self) -> None:
        self._bytes.clear()

    def take_all(self) -> bytes:
        """Everything after the last head: the beginning of its body."""
        taken = bytes(self._bytes)
        self._bytes.clear()
        return taken

    def next_head(self) -> Head | None:
        """The next head, or None until it has come whole. Raises BadHead, also for one that can no longer become valid."""
        received = self._bytes
        if not self._blank_skipped and received.startswith(b"\r\n"):
            del received[:2]  # one empty line before a request is forgiven (RFC 9112 section 2.2)
            self._blank_skipped = True
        end = received.find(b"\r\n\r\n", max(0, self.checked_bytes - 3))
        if end < 0:
            check_partial(received, self.checked_bytes, self._rules)
            self.checked_bytes = len(received)
            return None
        head = parse_head(bytes(received[:end]), self._rules)
        del received[: end + 4]
        self.checked_bytes = 0
        self._blank_skipped = False
        return head
