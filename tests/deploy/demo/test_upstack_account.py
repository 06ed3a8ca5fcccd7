"""Where the `upstack` command asks, and as whom."""

import json

import pytest

from deploy.demo.seed import OTHER_PIXEL, OTHER_VIEW, PIXEL, VIEW
from tests.deploy.demo.conftest import KEY, Upstack


@pytest.fixture
def keys_file(demo, tmp_path):
    path = tmp_path / "demo.json"
    keys = {
        "upstack_full": {"key": KEY, "pixel": PIXEL},
        "other": {"key": "upstack_of_the_other", "pixel": OTHER_PIXEL},
    }
    path.write_text(json.dumps({"base_url": demo.url("relay"), "keys": keys}))
    return str(path)


class TestKeysFile:
    def test_it_is_enough(self, keys_file):
        assert Upstack({}).json("dashboard", "view", "show", VIEW, "--keys-file", keys_file)["pixelId"] == PIXEL

    def test_another_key_of_it_can_be_named(self, keys_file):
        arguments = ("dashboard", "view", "show", OTHER_VIEW, "--keys-file", keys_file, "--key-name", "other")
        assert Upstack({}).json(*arguments)["pixelId"] == OTHER_PIXEL

    def test_a_flag_goes_over_the_environment_and_that_over_the_file(self, keys_file):
        told = Upstack({"UPSTACK_PIXEL_ID": "from-the-environment"})("measures", "--keys-file", keys_file)
        assert told.exit_code == 1, "the relay refuses another pixel"
        told = Upstack({"UPSTACK_PIXEL_ID": "x"})("measures", "--keys-file", keys_file, "--pixel-id", PIXEL)
        assert told.exit_code == 0

    def test_a_name_that_it_does_not_have(self, keys_file):
        told = Upstack({})("measures", "--keys-file", keys_file, "--key-name", "nobody")
        assert told.exit_code == 2
        assert "it has: other, upstack_full" in told.stderr

    @pytest.mark.parametrize("text", ["{", "[]", "{}", '{"keys": []}', '{"keys": {"upstack_full": 1}}'])
    def test_another_file_is_told_apart(self, tmp_path, text):
        path = tmp_path / "demo.json"
        path.write_text(text)
        told = Upstack({})("measures", "--keys-file", str(path))
        assert told.exit_code == 2
        assert "keys file" in told.stderr
