"""Who may use the admin API: operators, each with a role and a token. The first one is made by command; there is no default.

A token has the text form of a key under its own prefix (see keys.secret), is kept as Argon2id alone, and is shown once.
Operators are another table than keys: no data key is ever an admin credential, whatever its scopes.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from keys.accounts import missing_account
from keys.audit import AuditTag, actor_name, audit_event
from keys.errors import Missing, Rejected, Rejection
from keys.model import Operator, Role
from keys.rules import name_mistakes
from keys.secret import TOKEN_PREFIX, looks_like_key, mint_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from keys.store import KeyStore, Writing
    from keys.verify import Hasher


@dataclass(frozen=True, slots=True)
class Issued:
    """A new operator, and the token: to be shown once and forgotten."""

    operator: Operator
    token: str = field(repr=False)


class Operators:
    """The use cases of operators. `actor` is who does it: `cli:anna`, `operator:7f3kQ2bX9d from 192.0.2.7`."""

    def __init__(self, store: KeyStore, hasher: Hasher, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._hasher = hasher
        self._clock = clock

    async def add(self, name: str, role: Role, account: str | None, actor: str) -> Issued:
        """A new operator. Raises Rejected with everything that is wrong: the name, an account too few or too many."""
        _require([*name_mistakes(name), *_account_mistakes(role, account)])
        minted = mint_text(TOKEN_PREFIX)
        digest = await asyncio.to_thread(self._hasher.hash, minted.text)
        async with self._store.changing() as writing:
            if account is not None and await writing.account(account) is None:
                raise missing_account(account)
            now = self._clock()
            operator = Operator(minted.id, name, role, account, digest, now, actor_name(actor))
            details = {"name": name, "role": role.value, "account": account}
            await writing.add_operator(operator, audit_event(now, actor, AuditTag.OPERATOR_ADDED, operator.id, details))
        return Issued(operator, minted.text)

    async def revoke(self, operator_id: str, actor: str) -> Operator:
        """Ends an operator's access for ever, and every session of theirs. One that is revoked already stays as it is."""
        async with self._store.changing() as writing:
            operator = await _required(writing, operator_id)
            if operator.revoked_at is None:
                now = self._clock()
                operator = replace(operator, revoked_at=now, revoked_by=actor_name(actor))
                details = {"name": operator.name, "role": operator.role.value}
                event = audit_event(now, actor, AuditTag.OPERATOR_REVOKED, operator_id, details)
                await writing.change_operator(operator, event)
        # Outside the transaction: a session of a revoked operator is good for nothing, so that nothing hangs on this.
        await self._store.sessions.remove_of(operator_id)
        return operator


def missing_operator(operator_id: str) -> Missing:
    """The error for an id that no operator has. A whole token given in its place is never repeated."""
    if looks_like_key(operator_id):
        return Missing(
            "operator", "***", "that is a whole token, and a secret: give its id, the 10 characters after op_"
        )
    return Missing("operator", operator_id, f"there is no operator with the id {operator_id!r}")


async def _required(writing: Writing, operator_id: str) -> Operator:
    operator = await writing.operator(operator_id)
    if operator is None:
        raise missing_operator(operator_id)
    return operator


def _account_mistakes(role: Role, account: str | None) -> Iterator[Rejection]:
    if role is Role.OWNER and account is None:
        yield Rejection("account", "", "an owner sees one account, and none is named")
    if role is not Role.OWNER and account is not None:
        yield Rejection("account", account, f"role {role.value} is for every account", "no account, or role owner")


def _require(rejections: list[Rejection]) -> None:
    if rejections:
        raise Rejected(rejections)
