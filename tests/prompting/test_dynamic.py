"""Choices by chance: the seed decides, files give lines, and what cannot be is named by its character."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sdstudio.errors import BadRequest
from sdstudio.prompting import wildcards
from sdstudio.prompting.dynamic import resolve

LISTS = {"colour": ["red", "blue"], "thing": ["{big|small} apple", "__colour__ pear"], "loop": ["x __loop__"]}


def find(name: str) -> list[str]:
    if name not in LISTS:
        raise BadRequest(f"There is no {name}.")
    return LISTS[name]


def made(text: str, count: int = 200) -> Counter[str]:
    return Counter(resolve(text, seed, find) for seed in range(count))


def test_the_seed_decides() -> None:
    text = "a {red|green|blue} {apple|pear}"
    assert resolve(text, 7, find) == resolve(text, 7, find)
    assert set(made(text)) == {f"a {c} {t}" for c in ("red", "green", "blue") for t in ("apple", "pear")}


@pytest.mark.parametrize(
    "text", ["a red apple", "(a:1.2) [b|c] [d:e:0.5] BREAK f AND g", "{a} } { b", r"\{a\|b\}", "# {a|b}\nc", "_a_ __"]
)
def test_what_is_not_left_to_chance_stays_letter_by_letter(text: str) -> None:
    assert resolve(text, 1, find) == text


def test_shares() -> None:
    found = made("{9::a|1::b|0::c}", 500)
    assert found["a"] > 400
    assert found["b"] > 10
    assert found["c"] == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{2$$a|b}", {"a, b", "b, a"}),
        ("{1-2$$ and $$a|b}", {"a", "b", "a and b", "b and a"}),
        ("{0-1$$a}", {"", "a"}),
        ("{-1$$a}", {"", "a"}),
        ("{1-$$a|b}", {"a", "b", "a, b", "b, a"}),
        ("{a|{b|c}}", {"a", "b", "c"}),
        ("[{a|b}:c:0.5]", {"[a:c:0.5]", "[b:c:0.5]"}),
        ("({a|b}:1.2)", {"(a:1.2)", "(b:1.2)"}),
        ("__thing__", {"big apple", "small apple", "red pear", "blue pear"}),
    ],
)
def test_choices_of_every_kind(text: str, expected: set[str]) -> None:
    assert set(made(text)) == expected


def test_a_missing_file_is_named_with_its_character() -> None:
    with pytest.raises(BadRequest, match="At character 3 of “a __taste__”: There is no taste"):
        resolve("a __taste__", 1, find)


def test_files_that_lead_back_to_themselves_end() -> None:
    with pytest.raises(BadRequest, match="leads back to itself"):
        resolve("__loop__", 1, find)


def test_a_bomb_is_refused() -> None:
    bomb = {f"b{n}": [f"__b{n + 1}__" * 20] for n in range(10)} | {"b10": ["boom"]}
    with pytest.raises(BadRequest, match="more than 200,000 characters"):
        resolve("__b0__", 1, lambda name: bomb[name])


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path))
    folder = wildcards.folder()
    (folder / "animals").mkdir(parents=True)
    (folder / "colours.txt").write_text("# mine\nred\n\n  blue \n", encoding="utf-8")
    (folder / "animals" / "cats.txt").write_text("lynx\n", encoding="utf-8")
    (folder / "animals" / "dogs.txt").write_text("pug\n", encoding="utf-8")
    (folder / "empty.txt").write_text("# nothing\n", encoding="utf-8")
    return folder


def test_wildcard_files(lists: Path) -> None:
    assert wildcards.names() == ["animals/cats", "animals/dogs", "colours", "empty"]
    assert wildcards.lines("colours") == ["red", "blue"]
    assert wildcards.lines("animals/*") == ["lynx", "pug"]
    (lists / "colours.txt").write_text("green\n", encoding="utf-8")
    assert wildcards.lines("colours") == ["green"]


@pytest.mark.parametrize("name", ["taste", "empty", "../secret", "animals"])
def test_wildcard_files_that_give_nothing(lists: Path, name: str) -> None:
    (lists.parent / "secret.txt").write_text("x", encoding="utf-8")
    with pytest.raises(BadRequest, match=r"\.txt"):
        wildcards.lines(name)
