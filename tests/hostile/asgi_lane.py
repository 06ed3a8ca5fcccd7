"""`gateway`, but with every request going through the ASGI application: the lane for servers that are not ours.

python -m tests.hostile.asgi_lane run --config FILE
"""

from __future__ import annotations

from dataclasses import replace

import gateway.app
from gateway.cli import main

_public_edge = gateway.app._public_edge


def _without_the_direct_lane(*wiring):
    return replace(_public_edge(*wiring), handle=None)


gateway.app._public_edge = _without_the_direct_lane

if __name__ == "__main__":
    main()
