"""O5, A9: expiry is judged by a clock that never goes back, so nothing that has expired comes to life again."""

from __future__ import annotations

from gateway.clock import ForwardClock


class SteppedClock:
    """A wall clock that somebody sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a9_a_clock_that_is_set_back_stands_still_until_it_has_caught_up():
    wall = SteppedClock()
    clock = ForwardClock(wall)
    expires_at = 1010.0
    wall.now = 1010.0
    assert clock() >= expires_at
    for wall.now in (1009.9, 500.0, 0.0):
        assert clock() >= expires_at
    wall.now = 1011.0
    assert clock() == 1011.0


def test_o5_a_clock_that_is_set_forward_goes_forward():
    wall = SteppedClock()
    clock = ForwardClock(wall)
    wall.now = 5000.0
    assert clock() == 5000.0
