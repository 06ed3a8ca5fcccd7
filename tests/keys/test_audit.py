"""The chain of the audit log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keys.audit import FIRST_PREV, AuditTag, actor_at, actor_name, audit_event, chain, find_break


def a_log(length: int):
    events, prev = [], FIRST_PREV
    for seq in range(1, length + 1):
        event = audit_event(float(seq), "anna", AuditTag.KEY_MINTED, f"key-{seq}", {"b": seq, "a": "é"})
        events.append(chain(event, seq, prev))
        prev = events[-1].hash
    return events


def test_details_are_canonical():
    event = audit_event(1.0, "anna", AuditTag.KEY_REVOKED, "k", {"b": 1, "a": "é"})
    assert event.details == '{"a":"\\u00e9","b":1}'


def test_a_whole_log_has_no_break():
    events = a_log(5)
    assert find_break(events) is None
    assert find_break([]) is None
    assert find_break(events[3:], events[2].seq, events[2].hash) is None


def edited(events):
    events[2] = replace(events[2], event=replace(events[2].event, actor="mallory"))


def edited_with_its_hash(events):
    events[2] = chain(replace(events[2].event, actor="mallory"), 3, events[2].prev)


def removed(events):
    del events[2]


def swapped(events):
    events[2], events[3] = events[3], events[2]


def beheaded(events):
    del events[:2]


@pytest.mark.parametrize(
    ("tamper", "first_bad"), [(edited, 3), (edited_with_its_hash, 4), (removed, 3), (swapped, 3), (beheaded, 1)]
)
def test_a_tampered_log_breaks_where_it_was_touched(tamper, first_bad):
    events = a_log(5)
    tamper(events)
    assert find_break(events) == first_bad


def test_fields_cannot_be_shifted_into_each_other():
    event = audit_event(1.0, "ab", AuditTag.KEY_MINTED, "c", {})
    shifted = replace(event, actor="a", subject_id="bc")
    assert chain(event, 1, FIRST_PREV).hash != chain(shifted, 1, FIRST_PREV).hash


def test_tags_are_subject_and_action():
    assert all(tag.value.count(":") == 1 for tag in AuditTag)
    assert len({tag.value for tag in AuditTag}) == len(AuditTag)


def test_an_actor_is_shown_without_the_place():
    assert actor_name(actor_at("operator:7f3kQ2bX9d", "192.0.2.7")) == "operator:7f3kQ2bX9d"
    assert actor_name("cli:ann") == "cli:ann"
