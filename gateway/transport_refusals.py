"""What the transport itself refuses (framing, sizes, deadlines), answered and recorded as any other refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.answers import render_refusal
from gateway.problems import Reason, Refused
from gateway.record import Record
from gateway.request_id import request_id_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.charging import Charging
    from gateway.http import Head
    from gateway.message import Answer
    from gateway.record import Recorder

    Refuse = Callable[[Reason, str, Head | None], Answer]

_BUSY = ((b"retry-after", b"1"),)


def refuse_charged(charging: Charging, recorder: Recorder) -> Refuse:
    """For the public listener: charged to the client's address, with its rate-limit headers."""

    def refuse(reason: Reason, client: str, head: Head | None) -> Answer:
        request_id = _request_id(head)
        refused = Refused(reason, fields=_BUSY if reason is Reason.OVERLOADED else ())
        charged, refused = charging.charge_stranger(client, refused)
        answer = render_refusal(refused, None, request_id, charging.fields(charged))
        recorder.record(
            Record(
                method=head.method if head else "",
                status=answer.status,
                client=client,
                request_id=request_id,
                total_s=0.0,
                own_s=0.0,
                reason=refused.reason,
                plan=charged.allowance.plan,
                limit=charged.allowance.limit.count,
                remaining=charged.decision.remaining,
                response_bytes=len(answer.body),
            )
        )
        return answer

    return refuse


def refuse_plainly(reason: Reason, _client: str, head: Head | None) -> Answer:
    """For the listeners of admins and ops: nobody is charged, nothing is counted as traffic."""
    return render_refusal(Refused(reason), None, _request_id(head), ())


def _request_id(head: Head | None) -> str:
    return request_id_of(head.fields if head else ())
