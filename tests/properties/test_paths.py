"""Path hygiene against an independent reading: what passes has one meaning, however often it is decoded."""

import posixpath
from urllib.parse import unquote_to_bytes

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.path import is_unambiguous

PIECES = st.sampled_from(
    [b"/", b"a", b"B", b".", b"..", b"%2e", b"%2E", b"%2f", b"%5c", b"%25", b"%41", b"%c3%a9", b"%c0", b";", b"\\", b"%", b"2e", b"~", b"%00", b" "]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map(lambda pieces: b"/" + b"".join(pieces)))
@example(b"/%25%34%31")
def test_a_path_that_passes_has_one_reading(path: bytes) -> None:
    if not is_unambiguous(path):
        return
    decoded = unquote_to_bytes(path)
    decoded.decode("utf-8")
    assert decoded.count(b"/") == path.count(b"/")
    normal = posixpath.normpath(decoded)
    assert normal + (b"/" if decoded.endswith(b"/") and decoded != b"/" else b"") == decoded
    # A second decoding, as a careless backend does it, may at most turn a lone %25 into %; it never yields a new byte.
    assert unquote_to_bytes(decoded) == decoded


@given(st.binary(max_size=40))
def test_any_bytes_are_judged_without_an_error(path: bytes) -> None:
    assert is_unambiguous(path) in (True, False)
