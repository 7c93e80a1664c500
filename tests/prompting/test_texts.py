"""Styles, compel's signs, and changing weights in a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdstudio.errors import BadRequest, FileProblem
from sdstudio.prompting import styles
from sdstudio.prompting.compel import from_compel, is_compel
from sdstudio.prompting.styles import Style
from sdstudio.prompting.weighing import weigh

INK = Style("Ink", "ink drawing of {prompt}, paper", "photo")
SOFT = Style("Soft, “old”", "soft\nlight", "")


def test_styles_go_around_and_behind() -> None:
    assert styles.apply("a cat", "", ["Ink"], [INK]) == ("ink drawing of a cat, paper", "photo")
    assert styles.apply("a cat", "dog", [SOFT.name, "Ink"], [INK, SOFT]) == (
        "ink drawing of a cat, soft\nlight, paper",
        "dog, photo",
    )
    assert styles.apply("", "", [SOFT.name], [SOFT]) == ("soft\nlight", "")


def test_an_unknown_style_is_named() -> None:
    with pytest.raises(BadRequest, match="no style “Oil”"):
        styles.apply("a", "", ["Oil"], [INK])


def test_styles_survive_their_file(tmp_path: Path) -> None:
    path = tmp_path / "styles.csv"
    assert styles.read(path) == []
    path.write_text(styles.to_text([INK, SOFT]), encoding="utf-8", newline="")
    assert styles.read(path) == [INK, SOFT]


def test_a_styles_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "styles.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileProblem, match="cannot be read"):
        styles.read(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a tall++ man", "a (tall:1.21) man"),
        ("(a tall man)-, sky", "(a tall man:0.9), sky"),
        ("(tall)1.3 man", "(tall:1.3) man"),
        ("(a (tall)+ man)--", "(a (tall:1.1) man:0.81)"),
        ('("a dream, matte painting", "trending").and()', "a dream, matte painting BREAK trending"),
        ('("a cat", "a dog").and(1, 0.5)', "a cat BREAK (a dog:0.5)"),
        ('("a big++ cat", "a dog").and()', "a (big:1.21) cat BREAK a dog"),
        ("a cat withLora(ink style, 0.5), useLora(b)", "a cat <lora:ink style:0.5>, <lora:b:1>"),
        ("a tall thin man picking apricots--- from a tree", "a tall thin man picking (apricots:0.729) from a tree"),
        ("a tall thin man (picking apricots+)++", "a tall thin man (picking (apricots:1.1):1.21)"),
        ("a man picking (picking (apricots)1.3)1.1", "a man picking (picking (apricots:1.3):1.1)"),
        ("C++ and half-timbered, 12-14", "(C:1.21) and half-timbered, 12-14"),
        ("(a:1.2) [b|c] plain", "(a:1.2) [b|c] plain"),
    ],
)
def test_compel(text: str, expected: str) -> None:
    assert from_compel(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('("spider man", "robot mech").blend(1, 0.8)', "At character 29: compel's “.blend(…)” makes one text"),
        ("a cat.swap(dog) in a tree", "At character 6: compel's “.swap(…)” exchanges"),
        ("a cat.and(b)", "joins texts in quotes"),
        ('a ("a", "b").and(1)', "At character 3: 2 texts are joined with 1 weights"),
    ],
)
def test_what_compel_says_and_we_cannot_is_refused(text: str, words: str) -> None:
    assert is_compel(text)
    with pytest.raises(BadRequest) as refused:
        from_compel(text)
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("text", "by", "expected"),
    [
        ("a |cat|", 0.1, "a (|cat|:1.1)"),
        ("a c|at", 0.1, "a (|cat|:1.1)"),
        ("a (|cat|:1.1)", 0.1, "a (|cat|:1.2)"),
        ("a (c|at:1.1)", -0.1, "a |cat|"),
        ("a |(cat)|", 0.05, "a (|cat|:1.15)"),
        ("a (|cat|)", -0.1, "a |cat|"),
        ("(a |cat| on a mat)", 0.1, "(a (|cat|:1.1) on a mat)"),
        ("|a cat|", -0.1, "(|a cat|:0.9)"),
        ("<lo|ra:hat:0.8>", 0.1, "<|lora:hat:0.9>"),
        ("<lo|ra:hat>", -0.1, "<|lora:hat:0.9>"),
        ("<lora:hat:1>|red", 0.1, "<lora:hat:1>(|red|:1.1)"),
        ("a, | b", 0.1, "a, | b"),
    ],
)
def test_weighing_what_is_selected(text: str, by: float, expected: str) -> None:
    first, last = text.index("|"), text.rindex("|")
    plain = text.replace("|", "")
    made, start, end = weigh(plain, first, last - (last > first), by)
    shown = made[:start] + "|" + made[start:end] + ("|" if end > start else "") + made[end:]
    assert shown == expected
