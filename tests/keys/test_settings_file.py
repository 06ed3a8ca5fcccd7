"""The reader of settings files, on small models of its own: form, substitution, mistakes and where they are told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from keys.settings_file import Cross, CrossErrors, Mistake, Section, SettingsError, SettingsFile, WrongValue
from keys.settings_file.holes import HOLE, holes_answering
from keys.settings_file.mistakes import key_text
from keys.settings_file.nodes import MAX_BYTES, MAX_DEPTH, MAX_NODES

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = Path("settings.yaml")
M = TypeVar("M", bound=BaseModel)


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")


def read(text: str | bytes, model: type[M], **environment: str) -> M:
    content = text.encode() if isinstance(text, str) else text
    return SettingsFile.parse(content, PATH, environment).read(model)


def values(text: str, **environment: str) -> dict[str, Any]:
    """What the file holds, as no model changes it."""
    return read(text, Anything, **environment).model_extra or {}


def mistakes(text: str | bytes, model: type[BaseModel] = Anything, **environment: str) -> tuple[Mistake, ...]:
    with pytest.raises(SettingsError) as caught:
        read(text, model, **environment)
    return caught.value.mistakes


def told(text: str | bytes, model: type[BaseModel] = Anything, **environment: str) -> list[str]:
    return [str(mistake).removeprefix(f"{PATH}:") for mistake in mistakes(text, model, **environment)]


class TestForm:
    @pytest.mark.parametrize(
        ("written", "value"),
        [
            ("1", 1), ("-1", -1), ("+7", 7), ("007", 7), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("2.", 2.0),
            ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
            ("text", "text"), ("'1'", "1"), ('"true"', "true"), ("''", ""),
            # The core schema of YAML 1.2: these were numbers, bools and times in 1.1.
            ("no", "no"), ("on", "on"), ("1_000", "1_000"), ("12:30", "12:30"), ("0x10", "0x10"), ("2026-05-01", "2026-05-01"),
            ("<<", "<<"), ("=", "="), (".inf", ".inf"), ("1e", "1e"), (".", "."),
            ("9" * 40, int("9" * 40)), ("9" * 41, "9" * 41),
            ("[1, two]", [1, "two"]), ("{ a: 1 }", {"a": 1}), ("|\n  two\n  lines\n", "two\nlines\n"),
        ],
    )  # fmt: skip
    def test_values(self, written: str, value: object):
        assert values(f"x: {written}") == {"x": value}

    def test_a_byte_order_mark_is_no_part_of_the_file(self):
        assert read(b"\xef\xbb\xbfx: 1", Anything).model_extra == {"x": 1}

    def test_an_alias_stands_for_its_anchor(self):
        assert values("a: &a { x: 1 }\nb: *a\n") == {"a": {"x": 1}, "b": {"x": 1}}

    @pytest.mark.parametrize(
        ("text", "line", "message"),
        [
            ("", 1, "the file is empty"),
            ("# nothing\n", 1, "the file is empty"),
            ("- a\n", 1, "the file must be a mapping (key: value)"),
            ("text", 1, "the file must be a mapping (key: value)"),
            ("a: 1\n---\nb: 1\n", 2, "the file must hold one document"),
            ("a: 1\nb: *none\n", 2, "an alias names no anchor above it"),
            ("a: &a [*a]\n", 1, "an alias names no anchor above it"),
            ("a: 1\nb: !!python/object:os.system x\n", 2, "tags (!name) are not supported"),
            ("a:\n  b: !secret x\n", 2, "tags (!name) are not supported"),
            ("a:\n\tb: 1\n", 2, "a value cannot begin with this character: indent with spaces, not tabs, or quote it"),
            ("a: @x\n", 1, "a value cannot begin with this character: indent with spaces, not tabs, or quote it"),
            ("a: 1\nb: c: d\n", 2, "a ':' stands where none may: check the indentation, or quote the value"),
            ("a: 1\nnot a key\nb: 1\n", 3, "a key needs a ':' after it"),
            ("a: 1\nb: 'open\nc: 1\n", 2, "a bracket or a quote is not closed"),
            ("a:\n  - 1\n b: 2\n", 3, "the indentation does not fit the lines above"),
            ("a:\n  b: 1\n - 2\n", 3, "the indentation does not fit the lines above"),
        ],
    )
    def test_what_is_no_settings_file(self, text: str, line: int, message: str):
        assert told(text) == [f"{line}: {message}"]

    def test_it_must_be_utf_8(self):
        assert told(b"a: 1\nb: \xff\n") == ["2: the file is not UTF-8"]

    @pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\ufffe"])
    def test_control_characters_are_refused(self, character: str):
        assert told(f"a: 1\nb: x{character}\n") == ["2: a control character stands in the file"]

    def test_its_size_is_bounded(self):
        assert told(b"#" * (MAX_BYTES + 1)) == [f"1: the file is larger than {MAX_BYTES} bytes"]

    def test_its_depth_is_bounded(self):
        assert told("a: " + "[" * 100_000) == [f"1: values are nested deeper than {MAX_DEPTH}"]
        inside = MAX_DEPTH - 1
        assert values("a: " + "[" * inside + "]" * inside)

    def test_aliases_cannot_grow_it_without_bound(self):
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
        assert told("\n".join(lines)) == [f"5: the file has more than {MAX_NODES} values, aliases counted in full"]

    def test_a_doubled_key_names_both_lines(self):
        assert told("a: 1\nb: 2\na: 3\n") == ["3: a: stands here twice, first in line 1"]

    @pytest.mark.parametrize(("key", "shown"), [("1", "1"), ("true", "true"), ("~", "~"), ("1.5", "1.5")])
    def test_a_key_is_a_text(self, key: str, shown: str):
        assert told(f"a:\n  {key}: x\n") == [f"2: a: has the key {shown}, which is no text; put it in quotes"]

    def test_a_key_is_no_list(self):
        assert told("? [a, b]\n: 1\n") == ["1: has a key that is a list or a mapping; keys are texts"]

    def test_a_quoted_number_is_a_key(self):
        assert values("'404': x") == {"404": "x"}


class TestSubstitution:
    @pytest.mark.parametrize(
        ("written", "value"),
        [
            ("${A}", "one"), ("'${A}'", "one"), ("x${A}y${B}", "xoney2"), ("${B}", "2"), ("${NONE:-3}", "3"),
            ("${NONE:-}", None), ("'${NONE:-}'", ""), ("${EMPTY:-x}", "x"), ("'${EMPTY}'", ""), ("${A:-x}", "one"),
            ("$${A}", "${A}"), ("'$$${A}'", "$${A}"), ("$A", "$A"), ("a$", "a$"), ("${NONE:-a:-b}", "a:-b"),
            ("${NEST}", "${A}"),
        ],
    )  # fmt: skip
    def test_filled(self, written: str, value: str | None):
        environment = {"A": "one", "B": "2", "EMPTY": "", "NEST": "${A}"}
        assert values(f"x: {written}", **environment) == {"x": value}

    def test_keys_are_left_alone(self):
        assert values("'${A}': 1", A="one") == {"${A}": 1}

    @pytest.mark.parametrize("written", ["'${'", "'${A'", "${A B}", "${1}", "${A:?no}", "${A-x}", "'${}'"])
    def test_what_is_no_substitution(self, written: str):
        expected = "holds a '${' that is neither ${NAME} nor ${NAME:-default}; write $${ for the two characters"
        assert told(f"a: 1\nx: {written}", A="1") == [f"2: x: {expected}"]

    def test_an_unset_variable_is_told_once_whatever_else_its_value_must_be(self):
        class File(Section):
            port: Annotated[int, Field(ge=1)]
            name: Annotated[str, Field(min_length=1)]

        assert [mistake.key for mistake in mistakes("port: ${P}\nname: ${N}\n", File)] == ["port", "name"]

    def test_a_text_of_digits_stays_a_text_where_one_is_asked_for(self):
        class File(Section):
            password: str
            port: int
            on: bool

        file = read("password: ${P}\nport: ${N}\non: ${B}\n", File, P="0070", N="80", B="true")
        assert file == File(password="0070", port=80, on=True)


class TestSecretFiles:
    def secret(self, folder: Path, content: bytes = b" hunter2\n", mode: int = 0o600) -> str:
        file = folder / "secret"
        file.write_bytes(content)
        file.chmod(mode)
        return str(file)

    def load(self, folder: Path, **environment: str) -> SettingsFile:
        file = folder / "settings.yaml"
        file.write_text("x: ${X}\n")
        return SettingsFile.load(file, environment)

    def test_a_file_stands_in_for_an_unset_variable(self, tmp_path: Path):
        file = self.load(tmp_path, X_FILE=self.secret(tmp_path))
        assert file.read(Anything).model_extra == {"x": "hunter2"}
        assert (file.warnings, file.folder) == ((), tmp_path)

    def test_the_variable_itself_comes_first(self, tmp_path: Path):
        assert self.load(tmp_path, X="own", X_FILE="/nowhere").read(Anything).model_extra == {"x": "own"}

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o700])
    def test_a_file_open_to_others_is_warned_about(self, tmp_path: Path, mode: int):
        file = self.load(tmp_path, X_FILE=self.secret(tmp_path, mode=mode))
        assert file.warnings == (f"the file that X_FILE names has the mode {mode:04o}; 0600 keeps it from others",)

    def test_one_that_cannot_be_read_is_a_mistake(self, tmp_path: Path):
        file = self.load(tmp_path, X_FILE=str(tmp_path / "none"))
        with pytest.raises(SettingsError) as caught:
            file.read(Anything)
        message = "needs the file that X_FILE names, which cannot be read: No such file or directory"
        assert [(one.line, one.key, one.message) for one in caught.value.mistakes] == [(1, "x", message)]

    @pytest.mark.parametrize(
        ("content", "why"), [(b"\xff", "is not UTF-8"), (b"x" * 65537, "is larger than 65536 bytes")]
    )
    def test_one_that_is_no_text_is_a_mistake(self, tmp_path: Path, content: bytes, why: str):
        with pytest.raises(SettingsError, match=f"needs the file that X_FILE names, which {why}"):
            self.load(tmp_path, X_FILE=self.secret(tmp_path, content)).read(Anything)

    def test_nothing_of_it_is_in_any_repr(self, tmp_path: Path):
        file = self.load(tmp_path, X_FILE=self.secret(tmp_path))
        assert "hunter2" not in repr(file)


def _even(number: int) -> int:
    if number % 2:
        raise WrongValue("is odd", "even numbers")
    return number


def _small(number: int) -> int:
    if number > 10:
        raise ValueError("is not small")
    return number


class Item(Section):
    name: str
    friend: str | None = None
    size: Annotated[int, AfterValidator(_even), AfterValidator(_small)] = 2


class Shelf(Section):
    items: dict[str, Item] = Field(default={})
    order: list[str] = Field(default=[])
    kind: Literal["open", "closed"] = "open"
    ratio: float = Field(default=0.5, gt=0, lt=1)
    count: int = Field(default=2, ge=1, le=5)
    on: bool = True
    tags: tuple[Annotated[str, Field(min_length=2, max_length=3)], ...] = Field(default=(), max_length=2)
    limit: int | Literal["custom"] = 1
    codes: frozenset[str] = frozenset()
    form: Annotated[str, Field(pattern="^a+$")] = "a"

    def crosses(self) -> Iterator[Cross]:
        for name, item in self.items.items():
            if item.friend is not None and item.friend not in self.items:
                yield Cross(("items", name, "friend"), item.friend, "is not here", ", ".join(self.items))
        for index, name in enumerate(self.order):
            if name not in self.items:
                yield Cross(("order", index), name, "is not here", ", ".join(self.items))


class File(Section):
    shelf: Shelf


class TestWords:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("kind: ajar", "shelf.kind: 'ajar' is not allowed; allowed: 'open' or 'closed'"),
            ("ratio: 1", "shelf.ratio: 1 is too large; allowed: less than 1"),
            ("ratio: 0.0", "shelf.ratio: 0.0 is too small; allowed: more than 0"),
            ("ratio: x", "shelf.ratio: 'x' must be a number"),
            ("count: 0", "shelf.count: 0 is too small; allowed: 1 or more"),
            ("count: 6", "shelf.count: 6 is too large; allowed: 5 or less"),
            ("count: 1.5", "shelf.count: 1.5 must be a whole number"),
            ("count: [1]", "shelf.count: must be a whole number"),
            ("count:", "shelf.count: must be a whole number"),
            ("on: perhaps", "shelf.on: 'perhaps' must be true or false"),
            ("order: a", "shelf.order: 'a' must be a list"),
            ("order: [1]", "shelf.order[0]: 1 must be a text; put it in quotes"),
            ("items: []", "shelf.items: must be a mapping (key: value)"),
            ("items: { a: 1 }", "shelf.items.a: 1 must be a mapping (key: value)"),
            ("items: { a: {} }", "shelf.items.a.name: is missing"),
            ("items: { a: { name: a, size: 3 } }", "shelf.items.a.size: 3 is odd; allowed: even numbers"),
            ("items: { a: { name: a, size: 12 } }", "shelf.items.a.size: 12 is not small"),
            (
                "items: { a: { nam: a, name: b } }",
                "shelf.items.a.nam: is unknown; did you mean name?; allowed: friend, name, size",
            ),
            ("items: { a: { zzz: a, name: b } }", "shelf.items.a.zzz: is unknown; allowed: friend, name, size"),
            ("items: { 'a.b': {} }", "shelf.items['a.b'].name: is missing"),
            ("tags: [a]", "shelf.tags[0]: 'a' is too short; allowed: 2 characters or more"),
            ("tags: [abcd]", "shelf.tags[0]: 'abcd' is too long; allowed: 3 characters or fewer"),
            ("tags: [ab, ab, ab]", "shelf.tags: has too many entries; allowed: 2 or fewer"),
            ("limit: lots", "shelf.limit: 'lots' fits none of what is allowed; allowed: a whole number, or 'custom'"),
            ("codes: 5", "shelf.codes: 5 must be a list"),
            ("form: b", "shelf.form: 'b' has not the form it must have; allowed: ^a+$"),
            (f"kind: {'x' * 200}", f"shelf.kind: '{'x' * 79}… is not allowed; allowed: 'open' or 'closed'"),
        ],
    )
    def test_a_wrong_value(self, line: str, expected: str):
        assert told(f"shelf:\n  {line}\n", File) == [f"2: {expected}"]

    def test_a_missing_section_is_told_at_the_file(self):
        assert told("# empty but for this\n{}\n", File) == ["1: shelf: is missing"]

    def test_a_type_of_mistake_without_words_of_ours_keeps_pydantics(self):
        class Odd(Section):
            when: bytes

        assert told("when: 5", Odd) == ["1: when: 5 is not allowed: Input should be a valid bytes"]


class TestTogether:
    def test_values_that_do_not_fit_are_told_beside_values_that_are_wrong(self):
        text = """\
shelf:
  items:
    a: { name: a, friend: c }
    b: { name: 5 }
    c: { name: c, friend: d }
  order: [a, x, b]
  kind: ajar
"""
        assert told(text, File) == [
            "4: shelf.items.b.name: 5 must be a text; put it in quotes",
            "5: shelf.items.c.friend: 'd' is not here; allowed: a, b, c",
            "6: shelf.order[1]: 'x' is not here; allowed: a, b, c",
            "7: shelf.kind: 'ajar' is not allowed; allowed: 'open' or 'closed'",
        ]

    def test_what_refers_to_a_wrong_part_is_not_blamed(self):
        assert told("shelf:\n  items: 5\n  order: [a]\n", File) == ["2: shelf.items: 5 must be a mapping (key: value)"]

    def test_a_value_from_an_anchor_is_told_where_it_is_used(self):
        text = "shelf:\n  kind: &k ajar\n  form: a\n  order:\n    - *k\n"
        assert [mistake.line for mistake in mistakes(text, File)] == [2, 5]

    def test_cross_errors_of_a_plain_model_are_told_at_their_places(self):
        class Pair(BaseModel):
            low: int
            high: int

            @model_validator(mode="after")
            def _ordered(self) -> Self:
                if self.low > self.high:
                    raise CrossErrors(
                        [Cross(("low",), self.low, "is above high"), Cross(("high",), self.high, "is below low")]
                    )
                return self

        class Pairs(Section):
            pairs: list[Pair]
            name: str

        assert told("pairs:\n  - low: 2\n    high: 1\nname: 5\n", Pairs) == [
            "2: pairs[0].low: 2 is above high",
            "3: pairs[0].high: 1 is below low",
            "4: name: 5 must be a text; put it in quotes",
        ]

    def test_a_whole_file_that_does_not_fit_is_told_though_nothing_of_it_can_be_built(self):
        class Whole(BaseModel):
            x: int

            @model_validator(mode="after")
            def _refuse(self) -> Self:
                raise CrossErrors([Cross((), None, "is not what it should be")])

        assert told("x: 1\n", Whole) == ["1: is not what it should be"]

    def test_a_section_made_by_hand_is_judged_as_well(self):
        with pytest.raises(ValidationError, match="order\\[0\\] is not here"):
            Shelf(order=["x"])

    def test_a_validator_that_cannot_bear_a_hole_ends_the_search_and_nothing_else(self):
        class Stiff(BaseModel):
            name: str

            @model_validator(mode="after")
            def _judge(self) -> Self:
                len(self.name) + 1
                return self

        class Holder(Section):
            stiff: Stiff
            also: int

        assert told("stiff: { name: [] }\nalso: x\n", Holder) == [
            "1: stiff.name: must be a text; put it in quotes",
            "2: also: 'x' must be a whole number",
        ]

    def test_a_fault_of_a_model_is_not_taken_for_a_mistake_of_the_file(self):
        def fail(value: str) -> str:
            raise RuntimeError(value)

        class Faulty(Section):
            x: Annotated[str, AfterValidator(fail)]

        with pytest.raises(RuntimeError):
            read("x: y", Faulty)

    def test_a_model_that_takes_one_part_hears_of_that_part_only(self):
        class Part(BaseModel):
            model_config = ConfigDict(extra="ignore")
            mine: int

        text = "mine: 1\nother: ${UNSET}\nother: 2\n"
        assert read(text, Part).mine == 1
        assert told(text.replace("mine: 1", "mine: ${MINE}"), Part) == [
            "1: mine: needs the environment variable MINE, or MINE_FILE, or a default: ${MINE:-default}"
        ]


class TestSecrets:
    def test_values_from_outside_are_hidden_also_where_others_tell_of_them(self):
        class Clash(Section):
            a: str
            b: str

            def crosses(self) -> Iterator[Cross]:
                yield Cross(("b",), self.b, f"clashes with {self.a}", f"not {self.a}")

        assert told("a: ${A}\nb: plain\n", Clash, A="hunter2") == ["2: b: 'plain' clashes with ***; allowed: not ***"]
        assert told("a: plain\nb: ${B}\n", Clash, B="hunter2") == ["2: b: *** clashes with plain; allowed: not plain"]

    def test_a_default_comes_from_the_file_and_is_shown(self):
        assert told("shelf: { kind: '${KIND:-ajar}' }", File) == [
            "1: shelf.kind: 'ajar' is not allowed; allowed: 'open' or 'closed'"
        ]

    @pytest.mark.parametrize("key", ["password", "client_secret", "api_token", "private_key", "PASSPHRASE"])
    def test_what_is_called_a_secret_is_hidden_and_all_inside_it(self, key: str):
        class Keeper(Section):
            secrets: dict[str, int]

        assert told(f"secrets: {{ {key}: hunter2 }}", Keeper) == [f"1: secrets.{key}: *** must be a whole number"]

    def test_the_password_of_a_url_is_hidden(self):
        assert told("shelf: { kind: 'postgresql://bob:hunter2@db/keys' }", File) == [
            "1: shelf.kind: 'postgresql://***@db/keys' is not allowed; allowed: 'open' or 'closed'"
        ]


class TestLoad:
    def test_a_folder_is_no_file(self, tmp_path: Path):
        with pytest.raises(SettingsError) as caught:
            SettingsFile.load(tmp_path, os.environ)
        assert str(caught.value) == f"{tmp_path}:1: cannot be read: Is a directory"

    def test_a_mistake_as_a_mapping(self):
        assert mistakes("shelf: { kind: ajar }", File)[0].as_dict() == {
            "file": "settings.yaml",
            "line": 1,
            "key": "shelf.kind",
            "value": "'ajar'",
            "message": "is not allowed",
            "allowed": "'open' or 'closed'",
        }

    @pytest.mark.parametrize(
        ("loc", "text"),
        [((), ""), (("a", "b"), "a.b"), (("a", 0, "b"), "a[0].b"), (("a:b",), "a:b"), (("a", "b c"), "a['b c']")],
    )
    def test_places_as_text(self, loc: tuple[str | int, ...], text: str):
        assert key_text(loc) == text


class TestHole:
    """What stands in for a wrong value can be asked anything."""

    def test_it_is_empty_and_has_every_attribute(self):
        assert (bool(HOLE), len(HOLE), list(HOLE), HOLE.anything.at["all"](1) is HOLE) == (False, 0, [], True)
        assert not HOLE < 1
        assert not HOLE > 1
        assert repr(HOLE) == "HOLE"

    @pytest.mark.parametrize("answer", [True, False])
    def test_it_equals_and_holds_what_it_is_told_to(self, answer: bool):
        with holes_answering(answer):
            assert (HOLE == 1, HOLE != 1, 1 in HOLE) == (answer, not answer, answer)
