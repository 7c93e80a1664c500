"""What extras learn from."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from sdstudio.training import recipe as editions
from sdstudio.training.drawings import Drawings
from sdstudio.training.extras import recipe
from sdstudio.training.extras.examples import LAVENDER, DrawnExamples, FolderExamples
from sdstudio.training.faults import TrainingError
from sdstudio.training.vocabulary import Thing


@pytest.mark.parametrize("name", recipe.DEFAULTS.values())
def test_the_shipped_recipes_are_valid(name: str) -> None:
    sizes = recipe.load(name)
    assert sizes.name
    assert editions.load(sizes.edition).size >= 128


def test_a_recipe_that_is_not_there_is_named() -> None:
    with pytest.raises(TrainingError, match="no recipe of an extra named nothing"):
        recipe.load("nothing")


def test_line_drawings_are_black_on_white_and_named(
    things: list[Thing], drawn: Drawings, tiny: editions.Recipe
) -> None:
    examples = DrawnExamples("line_art", "line art style", things, drawn, tiny, 0)
    picture = examples.picture(0)
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture.min() < 60
    assert (picture > 200).mean() > 0.5
    rng = np.random.default_rng(0)
    assert all(examples.caption(0, rng).endswith(", line art style") for _ in range(9))
    assert np.array_equal(picture, examples.picture(0))


def test_a_count_limits_the_examples(things: list[Thing], drawn: Drawings, tiny: editions.Recipe) -> None:
    assert len(DrawnExamples("lavender", "x", things, drawn, tiny, 3)) == 3
    assert len(DrawnExamples("views", "", things, drawn, tiny, 0)) == len(things) * 3 * tiny.diffusion.views


def test_sketches_are_no_examples(things: list[Thing], drawn: Drawings, tiny: editions.Recipe) -> None:
    sketched = msgspec.structs.replace(tiny, diffusion=msgspec.structs.replace(tiny.diffusion, sketches=1))
    examples = DrawnExamples("views", "", things, drawn, sketched, 0)
    assert len(examples) == len(things) * 3 * tiny.diffusion.views
    assert not any(view.sketched for view in examples.rows)
    assert examples.numbers[tiny.diffusion.views] == tiny.diffusion.views + 1  # over the first drawing's sketch


def test_moved_things_lie_where_no_caption_says(things: list[Thing], drawn: Drawings, tiny: editions.Recipe) -> None:
    examples, again = (DrawnExamples("moved", "", things, drawn, tiny, 0) for _ in range(2))
    middles = [np.argwhere(examples.picture(row).min(2) < 250).mean(0).round().tolist() for row in range(len(examples))]
    assert len({tuple(middle) for middle in middles}) > 1
    assert np.array_equal(examples.picture(0), again.picture(0))
    said = [examples.caption(row, np.random.default_rng(row)) for row in range(len(examples))]
    assert not any("left" in text or "right" in text or text.endswith(", ") for text in said)


def test_hints_are_lines_where_the_picture_changes(things: list[Thing], drawn: Drawings, tiny: editions.Recipe) -> None:
    examples = DrawnExamples("views", "", things, drawn, tiny, 0)
    hints = [examples.hint(0, np.random.default_rng(seed)) for seed in range(4)]
    assert all(hint.shape == examples.picture(0).shape and hint.max() > 200 for hint in hints)
    assert not all(np.array_equal(hint, hints[0]) for hint in hints)


def test_a_folder_of_ones_own_pictures(tmp_path: Path) -> None:
    Image.new("RGB", (80, 40), "red").save(tmp_path / "a.png")
    Image.new("RGB", (30, 40), "blue").save(tmp_path / "b.jpg")
    (tmp_path / "a.txt").write_text("a red wall\n", encoding="utf-8")
    examples = FolderExamples(tmp_path, "my style", 32)
    rng = np.random.default_rng(0)
    assert len(examples) == 2
    assert examples.picture(0).shape == (32, 32, 3)
    assert examples.picture(0)[5, 5].tolist() == [255, 0, 0]
    assert [examples.caption(row, rng) for row in (0, 1)] == ["a red wall, my style", "my style"]


def test_a_folder_without_pictures_and_a_broken_one_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no pictures"):
        FolderExamples(tmp_path, "", 32)
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(TrainingError, match=r"a\.png cannot be read"):
        FolderExamples(tmp_path, "", 32).picture(0)


def test_a_colour_is_shown_behind_things_and_named_in_words(
    things: list[Thing], drawn: Drawings, tiny: editions.Recipe
) -> None:
    examples = DrawnExamples("lavender", "lavender-paper", things, drawn, tiny, 0)
    said = [examples.caption(row, np.random.default_rng(row)) for row in range(len(examples))]
    assert all(text.endswith("on a lavender-paper background") for text in said)
    assert any("style" in text for text in said)
    for row in range(len(examples)):
        assert examples.picture(row)[0, 0].tolist() == LAVENDER.flatten().tolist()
