"""keys rotate."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from keys.commands import options
from keys.commands.parsing import key_id_of
from keys.commands.render import print_json, say
from keys.commands.session import Session, in_session
from keys.records import key_json
from keys.rotation import Rotated, Rotation
from keys.secret import display_hint
from keys.times import UNITS_S, iso_time, parse_duration
from keys.verify import Hasher

if TYPE_CHECKING:
    from keys.lifecycle import Repeated

app = typer.Typer()


@app.command(rich_help_panel="Keys")
def rotate(
    key: options.KeyId,
    *,
    overlap: Annotated[
        str, typer.Option(metavar="DURATION", help="How long the old key still works: 0, 90s, 30m, 12h, 2d, 1w.")
    ] = "1d",
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Replace a key by one with the same rights. The new key alone is printed on stdout, once; the old one ends later."""
    overlap_s = _read_overlap(overlap)

    async def work(session: Session) -> Rotated | Repeated:
        rules, hasher = session.settings.mint_rules(), Hasher(session.settings.hashing_params())
        return await Rotation(session.store, rules, hasher).rotate(key_id_of(key), session.actor, overlap_s)

    done = in_session(config, store, work)
    assert isinstance(done, Rotated)  # noqa: S101 - a command is never repeated under a token
    if json:
        now = time.time()
        print_json({"key": done.text, **key_json(done.key, now), "replaces": key_json(done.old, now)})
        return
    _say_rotated(done)
    typer.echo(done.text)


def _say_rotated(done: Rotated) -> None:
    old, new = (display_hint(one.prefix, one.id) for one in (done.old, done.key))
    until = "is revoked" if done.old.revoked_at else f"works until {iso_time(done.old.expires_at or 0)}"
    used = f"last used {iso_time(done.old.last_used_at)}" if done.old.last_used_at else "never used"
    say(("rotated ", "bold green"), f"{old} ({done.old.name}) to {new}; the old key {until} ({used}).")
    say("This is the only time the new key is shown:")


def _read_overlap(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError:
        allowed = f"0, or a number and one of {' '.join(UNITS_S)}, as 12h"
        raise typer.BadParameter(f"{text!r} is no duration; allowed: {allowed}", param_hint="--overlap") from None
