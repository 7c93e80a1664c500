"""Weights and schedules against the published examples of A1111's web UI (the docstrings of its prompt parser)."""

from __future__ import annotations

import pytest

from sdstudio.errors import BadRequest
from sdstudio.prompting.grammar import parse
from sdstudio.prompting.reading import MAX_OPEN, Reading, fragments, readings

WEIGHTS = [
    ("normal text", [("normal text", 1.0)]),
    ("an (important) word", [("an ", 1.0), ("important", 1.1), (" word", 1.0)]),
    ("(unbalanced", [("unbalanced", 1.1)]),
    (r"\(literal\]", [("(literal]", 1.0)]),
    ("(unnecessary)(parens)", [("unnecessaryparens", 1.1)]),
    (
        "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
        [
            ("a ", 1.0),
            ("house", 1.5730000000000004),
            (" ", 1.1),
            ("on", 1.0),
            (" a ", 1.1),
            ("hill", 0.55),
            (", sun, ", 1.1),
            ("sky", 1.4641000000000006),
            (".", 1.1),
        ],
    ),
]
SCHEDULES = [
    ("test", [(10, "test")]),
    ("a [b:3]", [(3, "a "), (10, "a b")]),
    ("a [b: 3]", [(3, "a "), (10, "a b")]),
    ("a [[[b]]:2]", [(2, "a "), (10, "a [[b]]")]),
    ("[(a:2):3]", [(3, ""), (10, "(a:2)")]),
    ("a [b : c : 1] d", [(1, "a b  d"), (10, "a  c  d")]),
    ("a[b:[c:d:2]:1]e", [(1, "abe"), (2, "ace"), (10, "ade")]),
    ("a [unbalanced", [(10, "a [unbalanced")]),
    ("a [b:.5] c", [(5, "a  c"), (10, "a b c")]),
    ("a [{b|d{:.5] c", [(5, "a  c"), (10, "a {b|d{ c")]),
    ("((a][:b:c [d:3]", [(3, "((a][:b:c "), (10, "((a][:b:c d")]),
    ("[a|(b:1.1)]", [(step + 1, ("a", "(b:1.1)")[step % 2]) for step in range(10)]),
    ("[fe|]male", [(step + 1, ("female", "male")[step % 2]) for step in range(10)]),
    (
        "[fe|||]male",
        [(1, "female"), (4, "male"), (5, "female"), (8, "male"), (9, "female"), (10, "male")],
    ),
    ("a [b:1.5] c", [(10, "a  c")]),
]


LANDSCAPE = (
    "fantasy landscape with a [mountain:lake:0.25] and [an oak:a christmas tree:0.75][ in foreground::0.6]"
    "[ in background:0.25] [shoddy:masterful:0.5]"
)
# Of the web UI's wiki, on attention, prompt editing and alternating words: (text, steps, [(until, what is read)]).
WIKI = [
    (
        LANDSCAPE,
        100,
        [
            (25, "fantasy landscape with a mountain and an oak in foreground shoddy"),
            (50, "fantasy landscape with a lake and an oak in foreground in background shoddy"),
            (60, "fantasy landscape with a lake and an oak in foreground in background masterful"),
            (75, "fantasy landscape with a lake and an oak in background masterful"),
            (100, "fantasy landscape with a lake and a christmas tree in background masterful"),
        ],
    ),
    ("a [fantasy:cyberpunk:16] landscape", 20, [(16, "a fantasy landscape"), (20, "a cyberpunk landscape")]),
    ("general, [male:female:0.99], happy", 100, [(99, "general, male, happy"), (100, "general, female, happy")]),
    (
        "[cow|cow|horse|man|siberian tiger|ox|man] in a field",
        8,
        [
            (until, f"{animal} in a field")
            for until, animal in enumerate(("cow", "cow", "horse", "man", "siberian tiger", "ox", "man", "cow"), 1)
        ],
    ),
    ("[[a:b:0.2]:c:0.5]", 10, [(2, "a"), (5, "b"), (10, "c")]),
    ("[[cow|horse]|dog] x", 3, [(1, "cow x"), (2, "dog x"), (3, "cow x")]),
    ("[(red:1.2):blue:0.4] ball", 10, [(4, "(red:1.2) ball"), (10, "blue ball")]),
    ("[cat <lora:x:1>:dog:0.5]", 10, [(5, "cat "), (10, "dog")]),
    ("[:cat:0.3] on <lora:y:0.8:0.2>", 10, [(3, " on "), (10, "cat on ")]),
    ("[a:[b|c]:2]", 4, [(2, "a"), (3, "b"), (4, "c")]),
    ("a BREAK [b:c:0.5]", 2, [(1, "a BREAK b"), (2, "a BREAK c")]),
]


def words(reading: Reading, part: int = 0) -> list[tuple[str, float]]:
    return [(fragment.text, fragment.weight) for fragment in reading.parts[part][1]]


@pytest.mark.parametrize(("text", "expected"), WEIGHTS)
def test_published_examples_of_weights(text: str, expected: list[tuple[str, float]]) -> None:
    assert words(readings(text, 1)[0]) == expected


@pytest.mark.parametrize(("text", "expected"), SCHEDULES)
def test_published_examples_of_schedules(text: str, expected: list[tuple[int, str]]) -> None:
    until = 0
    found = readings(text, 10)
    for last, shown in expected:
        for step in range(until, last):
            assert words(found[step]) == words(readings(shown, 1)[0]), step
        until = last
    assert until == 10


@pytest.mark.parametrize(("text", "steps", "expected"), WIKI)
def test_the_wikis_examples_are_read_as_it_says(text: str, steps: int, expected: list[tuple[int, str]]) -> None:
    found, until = readings(text, steps), 0
    for last, shown in expected:
        for step in range(until, last):
            assert words(found[step]) == words(readings(shown, 1)[0]), step
        until = last
    assert until == steps


@pytest.mark.parametrize(
    ("count", "weight"), [(1, 1.1), (2, 1.21), (3, 1.331), (4, 1.4641), (5, 1.61051), (6, 1.771561)]
)
def test_each_bracket_multiplies(count: int, weight: float) -> None:
    for opening, closing, expected in (("(", ")", weight), ("[", "]", 1 / weight)):
        ((text, found),) = words(readings(f"{opening * count}n{closing * count}", 1)[0])
        assert (text, found) == ("n", pytest.approx(expected))


def test_a_networks_name_may_hold_signs() -> None:
    reading = readings("(cat <lora:a b (v2):0.7>:1.2) <hypernet:c|d:0.3>", 1)[0]
    assert words(reading) == [("cat ", 1.2), (" ", 1.0)]
    assert [tag.name for tag in parse("<lora:a b (v2):0.7> <hypernet:c|d:0.3>").networks] == ["a b (v2)", "c|d"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a::0.5]b", [("ab", 1.0), ("b", 1.0)]),
        ("[a:b:1]", [("a", 1.0), ("b", 1.0)]),
        ("[:b:1]", [("", 1.0), ("b", 1.0)]),
        ("[a:b]", [("a:b", 1 / 1.1), ("a:b", 1 / 1.1)]),
        ("[a:b:c:0.5]", [("a:b:c:0.5", 1 / 1.1)] * 2),
    ],
)
def test_square_brackets_of_every_kind(text: str, expected: list[tuple[str, float]]) -> None:
    assert [words(reading)[0] for reading in readings(text, 2)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a [b) c]", [("a ", 1.1), ("b", 1.1 * (1 / 1.1)), (" c", 1 / 1.1)]),
        ("a) b", [("a) b", 1.0)]),
        ("(a:b:1.5)", [("a:b", 1.5)]),
        ("(a:-1)", [("a", -1.0)]),
        ("(a:1.2.3)", [("a", 1.1)]),
        (r"\\(a)", [("\\", 1.0), ("a", 1.1)]),
        ("a{b}|c", [("a{b}|c", 1.0)]),
        ("red # not blue\napple", [("red \napple", 1.0)]),
        (r"\#1 apple", [("#1 apple", 1.0)]),
        ("<lora:hat:0.8>cat<hypernet:x>", [("cat", 1.0)]),
        ("<|endoftext|> a < b > c", [("<|endoftext|> a < b > c", 1.0)]),
        ("", [("", 1.0)]),
        ("()", [("", 1.0)]),
    ],
)
def test_odd_texts(text: str, expected: list[tuple[str, float]]) -> None:
    assert words(readings(text, 1)[0]) == expected


def test_break_begins_a_new_piece_and_takes_the_space_around_it() -> None:
    ((_, found),) = readings("(a BREAK b) BREAKFAST", 1)[0].parts
    assert [(it.text, it.weight, it.is_break) for it in found] == [
        ("a", 1.1, False),
        ("", 1.0, True),
        ("b", 1.1, False),
        (" BREAKFAST", 1.0, False),
    ]


def test_and_divides_a_prompt_into_weighted_parts() -> None:
    reading = readings("a cat :1.2 AND a dog AND (a:2) :-0.5", 1)[0]
    assert [weight for weight, _ in reading.parts] == [1.2, 1.0, -0.5]
    assert [words(reading, part)[0] for part in range(3)] == [("a cat ", 1.0), (" a dog ", 1.0), (" ", 1.0)]
    assert not reading.is_plain


@pytest.mark.parametrize("text", ["sand AND", "aspect 16:9", "BRAND new"])
def test_what_only_looks_like_a_weight_or_and(text: str) -> None:
    assert readings(text, 1)[0].parts[0] == (1.0, fragments(parse(text).parts[0], 0, 1))


def test_positions_lead_back_to_the_source() -> None:
    text = r"a (b\(c:1.3) [d:e:0.5]"
    ((_, found),) = readings(text, 2)[1].parts
    for fragment in found:
        for (offset, position), (end, _) in zip(
            fragment.places, [*fragment.places[1:], (len(fragment.text), 0)], strict=True
        ):
            assert text[position : position + end - offset] == fragment.text[offset:end]


def test_equal_steps_share_one_value() -> None:
    found = readings("[a:b:0.5]", 8)
    assert len({id(reading) for reading in found}) == 2
    assert len({id(reading) for reading in readings("plain", 50)}) == 1


def test_a_heap_of_brackets_is_refused_by_its_character() -> None:
    with pytest.raises(BadRequest, match=f"character {MAX_OPEN + 1} "):
        readings("(" * (MAX_OPEN + 1) + "a", 1)
