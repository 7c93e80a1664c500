"""Packages whose beginnings wait until somebody asks for a name."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from sdstudio.engine.postponed import Before, later, postpone, unmarked


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package `pictures_of_others` with two modules; its beginning is written by the tests. Postponed."""
    folder = tmp_path / "pictures_of_others"
    folder.mkdir()
    (folder / "cats.py").write_text("from . import dogs\nCAT = 'cat'\n")
    (folder / "dogs.py").write_text("DOG = 'dog'\n")
    (folder / "__init__.py").write_text(
        "from .cats import CAT\nBEGUN = True\ndef draw(thing): return 'real ' + thing\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    finders = list(sys.meta_path)
    draw = later("pictures_of_others", "draw")
    postpone({"pictures_of_others": Before({"draw": draw}, frozenset({"cats", "dogs"}))})
    yield folder
    sys.meta_path[:] = finders
    for name in [name for name in sys.modules if name.startswith("pictures_of_others")]:
        del sys.modules[name]


def _has_begun(package: ModuleType) -> bool:
    return "BEGUN" in vars(package)


def test_modules_are_imported_without_the_beginning_of_their_package(library: Path) -> None:
    cats = importlib.import_module("pictures_of_others.cats")
    assert cats.dogs.DOG == "dog"
    assert not _has_begun(sys.modules["pictures_of_others"])


def test_a_module_that_needs_the_beginning_has_it_and_is_imported_once(library: Path) -> None:
    (library / "__init__.py").write_text("from . import mice\nBEGUN = True\n")
    (library / "mice.py").write_text("from . import __name__ as package\nIMPORTED = object()\n")
    package = importlib.import_module("pictures_of_others")
    mice = importlib.import_module("pictures_of_others.mice")
    assert _has_begun(package)
    assert mice is package.mice is sys.modules["pictures_of_others.mice"]
    assert mice.__spec__.origin == str(library / "mice.py")


def test_a_name_that_is_no_module_runs_the_beginning(library: Path) -> None:
    package = importlib.import_module("pictures_of_others")
    assert not _has_begun(package)
    assert package.CAT == "cat"
    assert _has_begun(package)


def test_a_name_that_the_package_has_not_is_missing(library: Path) -> None:
    package = importlib.import_module("pictures_of_others")
    with pytest.raises(AttributeError, match="mouse"):
        _ = package.mouse


def test_a_function_that_is_called_later_is_the_real_one(library: Path) -> None:
    package = importlib.import_module("pictures_of_others")
    draw = package.draw
    assert not _has_begun(package)
    assert draw("cat") == "real cat"
    assert package.draw is not draw


def test_a_package_may_put_another_object_in_its_place(library: Path) -> None:
    (library / "__init__.py").write_text(
        "import sys, types\nsys.modules[__name__] = types.SimpleNamespace(mouse='mouse')\n"
    )
    assert importlib.import_module("pictures_of_others").mouse == "mouse"


def test_a_beginning_that_fails_fails_again(library: Path) -> None:
    (library / "__init__.py").write_text("raise ImportError('no picture')\n")
    package = importlib.import_module("pictures_of_others")
    for _ in range(2):
        with pytest.raises(ImportError, match="no picture"):
            _ = package.CAT


def test_a_mark_leaves_a_function_as_it_is() -> None:
    def draw() -> None: ...

    assert unmarked(draw) is draw
    assert unmarked(recursive=False)(draw) is draw
