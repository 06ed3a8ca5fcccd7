"""The verified keys of a process: bounded, junk apart, nothing trusted past a change."""

from gateway.known_keys import Known, KnownKeys
from gateway.problems import Reason
from tests.gateway.builders import principal


def known(key_id: str, account: str = "acme") -> Known:
    return Known(key_id, "digest", account, float("inf"), principal())


def filled(*key_ids: str, most: int = 10) -> KnownKeys:
    keys = KnownKeys(most, 3, 5.0)
    for key_id in key_ids:
        keys.admit(keys.mac("text " + key_id), known(key_id))
    return keys


def knows(keys: KnownKeys, key_id: str) -> bool:
    found = keys.find(keys.mac("text " + key_id))
    return found is not None and found.principal is not None


def test_a_key_is_found_by_its_text_and_by_no_other() -> None:
    keys = filled("K1")
    assert knows(keys, "K1")
    assert not knows(keys, "K2")


def test_the_text_is_nowhere_in_the_cache_and_macs_differ_between_processes() -> None:
    one, two = filled("K1"), filled("K1")
    assert one.mac("text K1") != two.mac("text K1")
    assert b"text K1" not in repr([getattr(one, slot) for slot in vars(one)]).encode()


def test_the_least_recently_used_goes_first() -> None:
    keys = filled("K1", "K2", most=2)
    keys.find(keys.mac("text K1"))
    keys.admit(keys.mac("text K3"), known("K3"))
    assert [knows(keys, key_id) for key_id in ("K1", "K2", "K3")] == [True, False, True]
    assert len(keys) == 2


def test_a_new_text_of_a_key_replaces_the_old_one() -> None:
    keys = filled("K1")
    keys.admit(keys.mac("another text"), known("K1"))
    assert not knows(keys, "K1")
    assert len(keys) == 1


def test_a_change_of_a_key_leaves_its_proof_and_takes_its_principal() -> None:
    keys = filled("K1", "K2")
    keys.forget_key("K1")
    assert [knows(keys, key_id) for key_id in ("K1", "K2")] == [False, True]
    proof = keys.find(keys.mac("text K1"))
    assert proof is not None
    assert proof.digest == "digest"
    keys.forget_key("nobody")


def test_a_change_of_an_account_takes_the_principals_of_its_keys() -> None:
    keys = filled("K1")
    keys.admit(keys.mac("text K2"), known("K2", account="other"))
    keys.forget_account("acme")
    assert [knows(keys, key_id) for key_id in ("K1", "K2")] == [False, True]


def test_a_change_that_may_touch_every_key_takes_them_all() -> None:
    keys = filled("K1", "K2")
    keys.reject(keys.mac("junk"), "K9", Reason.KEY_UNKNOWN, 0.0)
    keys.forget_all()
    assert not knows(keys, "K1")
    assert not knows(keys, "K2")
    assert keys.rejection(keys.mac("junk"), 0.0) is None


def test_a_refusal_stands_for_its_time_and_not_longer() -> None:
    keys = filled("K1")
    mac = keys.mac("junk")
    keys.reject(mac, "K9", Reason.KEY_UNKNOWN, 100.0)
    assert keys.rejection(mac, 104.9) is Reason.KEY_UNKNOWN
    assert keys.rejection(mac, 105.0) is None


def test_refusals_are_bounded_and_evict_no_good_entry() -> None:
    keys = filled("K1", most=1)
    macs = [keys.mac(f"junk {number}") for number in range(5)]
    for number, mac in enumerate(macs):
        keys.reject(mac, f"J{number}", Reason.KEY_UNKNOWN, 0.0)
    assert [keys.rejection(mac, 1.0) is not None for mac in macs] == [False, False, True, True, True]
    assert knows(keys, "K1")


def test_a_refused_key_is_no_longer_known_and_a_change_lifts_the_refusal() -> None:
    keys = filled("K1")
    mac = keys.mac("text K1")
    keys.reject(mac, "K1", Reason.KEY_DISABLED, 0.0)
    assert keys.find(mac) is None
    keys.forget_key("K1")
    assert keys.rejection(mac, 1.0) is None


def test_keys_that_came_in_lift_every_refusal_and_leave_the_known() -> None:
    keys = filled("K1")
    mac = keys.mac("imported a moment later")
    keys.reject(mac, "", Reason.KEY_UNKNOWN, 0.0)
    keys.forget_rejected()
    assert keys.rejection(mac, 0.0) is None
    assert knows(keys, "K1")
