import sqlite3
from contextlib import closing

import pytest

from deploy.demo.documents import Documents


@pytest.fixture(params=["memory", "file"])
def documents(request, tmp_path):
    with closing(Documents(tmp_path / "kept.db" if request.param == "file" else None)) as documents:
        yield documents


def test_what_was_put_is_found_with_its_owner(documents):
    assert documents.is_empty()
    documents.put("ada", {"id": "1", "text": "é"})
    assert not documents.is_empty()
    assert documents.find("1") == ("ada", {"id": "1", "text": "é"})
    assert documents.owner("1") == "ada"


def test_what_was_not_put_is_none(documents):
    assert documents.find("1") is None
    assert documents.owner("1") is None
    assert documents.owned("ada") == []


def test_putting_again_replaces(documents):
    documents.put("ada", {"id": "1", "n": 1})
    documents.put("ada", {"id": "1", "n": 2})
    assert documents.owned("ada") == [{"id": "1", "n": 2}]


def test_each_owner_has_its_own(documents):
    documents.put("ada", {"id": "1"})
    documents.put("bo", {"id": "2"})
    assert documents.owned("ada") == [{"id": "1"}]


def test_what_was_removed_is_gone(documents):
    documents.put("ada", {"id": "1"})
    documents.remove("1")
    documents.remove("1")
    assert documents.is_empty()


def test_several_are_put_together_or_not_at_all(documents):
    with pytest.raises(sqlite3.IntegrityError):
        documents.put_all("ada", [{"id": "1"}, {"id": None}])
    assert documents.is_empty()


def test_a_file_keeps_them(tmp_path):
    with closing(Documents(tmp_path / "kept.db")) as before:
        before.put("ada", {"id": "1"})
    with closing(Documents(tmp_path / "kept.db")) as after:
        assert after.owned("ada") == [{"id": "1"}]
