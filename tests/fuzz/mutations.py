"""From the corpus to inputs that nobody wrote: a Hypothesis strategy over its rows and over edits of their bytes."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.hostile.rows import HOSTILE, LEGITIMATE

CORPUS = [row.raw for row in (*HOSTILE, *LEGITIMATE) if len(row.raw) < 1500]
_TOKENS = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\x00", b" ", b"\t", b":", b",", b";", b"0", b"5", b"-", b"+", b"0x", b"%2f", b"..",
    b"//", b"\\", b"#", b"\xff", b"\xc0\xaf", b"chunked", b"Transfer-Encoding: chunked\r\n", b"Content-Length: 5\r\n",
    b"Host: evil\r\n", b"0\r\n\r\n", b"HTTP/1.0", b"HTTP/1.1", b"GET /api/things?evil HTTP/1.1\r\n", b"Connection: close\r\n",
    b"Expect: 100-continue\r\n", b"x-scopes: evil\r\n", b"{KEY}", b"{OTHER}", b"x-api-key: {OTHER}\r\n", b"Upgrade: h2c\r\n",
)  # fmt: skip

_piece = st.one_of(st.sampled_from(_TOKENS), st.binary(max_size=4))
_place = st.floats(0, 1, exclude_max=True)


def _insert(raw: bytes, place: float, piece: bytes) -> bytes:
    at = int(place * (len(raw) + 1))
    return raw[:at] + piece + raw[at:]


def _replace(raw: bytes, place: float, piece: bytes) -> bytes:
    at = int(place * (len(raw) + 1))
    return raw[:at] + piece + raw[at + len(piece) :]


def _delete(raw: bytes, place: float, piece: bytes) -> bytes:
    at = int(place * (len(raw) + 1))
    return raw[:at] + raw[at + 1 + len(piece) :]


def _repeat(raw: bytes, place: float, piece: bytes) -> bytes:
    """One line again, where the piece's length says."""
    lines = raw.split(b"\r\n")
    line = lines[int(place * len(lines))]
    lines.insert(len(piece) % (len(lines) + 1), line)
    return b"\r\n".join(lines)


def _swap_case(raw: bytes, place: float, _piece: bytes) -> bytes:
    at = int(place * (len(raw) + 1))
    return raw[:at] + raw[at : at + 12].swapcase() + raw[at + 12 :]


_edit = st.tuples(st.sampled_from((_insert, _replace, _delete, _repeat, _swap_case)), _place, _piece)


@st.composite
def inputs(draw) -> bytes:
    """One or two rows behind each other, with up to six edits.

    None asks for HEAD: who does not know which answer is to a HEAD cannot read the answers. The table has its rows.
    """
    raw = b"".join(draw(st.lists(st.sampled_from(CORPUS), min_size=1, max_size=2)))
    for edit, place, piece in draw(st.lists(_edit, min_size=1, max_size=6)):
        raw = edit(raw, place, piece)
    return raw.replace(b"HEAD ", b"PUT ")
