from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass

import pytest

from sdstudio.document.document import Document
from sdstudio.document.history import Command, History
from tests.helpers.drawing import blank_document, draw


@dataclass
class Append(Command):
    """Appends to a list that stands for the document's state."""

    state: list[str]
    label: str
    size: int = 10

    def apply(self, document: Document) -> None:
        if self.label == "fail":
            raise ValueError("cannot")
        self.state.append(self.label)

    def revert(self, document: Document) -> None:
        assert self.state.pop() == self.label

    @property
    def nbytes(self) -> int:
        return self.size


def make(budget_bytes: int = 1000) -> tuple[History, list[str]]:
    return History(blank_document(), budget_bytes), []


def test_undo_and_redo_walk_along_the_commands():
    history, state = make()
    for label in "abc":
        history.run(Append(state, label))
    history.undo()
    history.undo()
    assert (state, history.undo_label, history.redo_label) == (["a"], "a", "b")
    history.redo()
    assert (state, history.can_undo, history.can_redo) == (["a", "b"], True, True)


def test_a_new_command_forgets_what_was_undone():
    history, state = make()
    history.run(Append(state, "a"))
    history.undo()
    history.run(Append(state, "b"))
    assert not history.can_redo
    assert state == ["b"]


def test_undo_and_redo_of_nothing_do_nothing():
    history, state = make()
    history.undo()
    history.redo()
    assert (state, history.undo_label, history.redo_label) == ([], "", "")


def test_a_command_that_fails_leaves_no_trace():
    history, state = make()
    history.run(Append(state, "a"))
    history.undo()
    with pytest.raises(ValueError, match="cannot"):
        history.run(Append(state, "fail"))
    assert not history.can_undo
    assert history.can_redo
    assert not history.is_modified


def test_the_oldest_go_when_memory_is_short_but_never_the_newest():
    history, state = make(budget_bytes=35)
    for label in "abcdef":
        history.run(Append(state, label))
    steps = 0
    while history.can_undo:
        history.undo()
        steps += 1
    assert steps == 3
    history.run(Append(state, "huge", size=10**9))
    assert history.undo_label == "huge"


def test_saving_and_coming_back_to_what_was_saved():
    history, state = make()
    history.run(Append(state, "a"))
    assert history.is_modified
    history.mark_saved()
    assert not history.is_modified
    history.run(Append(state, "b"))
    assert history.is_modified
    history.undo()
    assert not history.is_modified
    history.undo()
    assert history.is_modified
    history.redo()
    assert not history.is_modified


def test_a_saved_state_that_cannot_come_back_counts_as_modified_for_ever():
    history, state = make()
    history.run(Append(state, "a"))
    history.mark_saved()
    history.undo()
    history.run(Append(state, "other"))
    assert history.is_modified
    history.undo()
    assert history.is_modified


def test_forgetting_old_steps_does_not_confuse_what_was_saved():
    history, state = make(budget_bytes=35)
    for label in "abcd":
        history.run(Append(state, label))
    history.mark_saved()
    history.run(Append(state, "e"))
    history.undo()
    assert not history.is_modified


def test_the_document_tells_when_it_becomes_modified_and_when_not():
    document = blank_document()
    told: list[bool] = []
    document.modified_changed.connect(lambda: told.append(document.is_modified))
    draw(document, (10, 10), (50, 50))
    draw(document, (10, 10), (90, 50))
    document.mark_saved()
    document.history.undo()
    document.history.redo()
    assert told == [True, False, True, False]


def test_changed_is_told_at_each_step():
    history, state = make()
    told: list[str] = []
    history.changed.connect(lambda: told.append(history.undo_label))
    history.run(Append(state, "a"))
    history.undo()
    history.redo()
    assert told == ["a", "", "a"]


def test_a_document_without_listeners_is_freed():
    document = blank_document()
    draw(document, (10, 10), (50, 50))
    gone = weakref.ref(document)
    del document
    gc.collect()
    assert gone() is None


def test_go_to_walks_both_ways_and_tells_once():
    history, state = make()
    for label in "abcd":
        history.run(Append(state, label))
    told: list[int] = []
    history.changed.connect(lambda: told.append(history.position))
    history.go_to(1)
    assert (state, history.position) == (["a"], 1)
    assert [command.label for command in history.timeline] == ["a", "b", "c", "d"]
    history.go_to(3)
    assert state == ["a", "b", "c"]
    assert told == [1, 3]
    history.go_to(3)
    assert told == [1, 3], "staying where one is is no change"


def test_go_to_a_place_that_is_not_there_is_refused():
    history, state = make()
    history.run(Append(state, "a"))
    for position in (-1, 2):
        with pytest.raises(IndexError):
            history.go_to(position)
    assert state == ["a"]


def test_saved_at_counts_in_the_timeline_and_is_none_when_it_is_gone():
    history, state = make(budget_bytes=25)
    history.run(Append(state, "a"))
    history.mark_saved()
    assert history.saved_at == 1
    history.run(Append(state, "b"))
    history.run(Append(state, "c"))
    assert (history.forgotten, history.saved_at) == (1, 0)
    history.run(Append(state, "d"))
    assert (history.forgotten, history.saved_at) == (2, None)


def test_a_history_that_is_resumed_can_be_undone_and_done_again():
    history, state = make()
    state += ["a", "b"]
    history.resume([Append(state, label) for label in "abc"], 2, saved_at=1)
    assert history.is_modified
    history.redo()
    assert state == ["a", "b", "c"]
    history.go_to(1)
    assert (state, history.is_modified) == (["a"], False)


@dataclass
class Growing(Append):
    """Takes in whatever follows it."""

    def merge(self, following: Command) -> bool:
        assert isinstance(following, Append)
        self.label += following.label
        self.state[-2:] = [self.label]
        return True


def test_what_was_saved_is_never_merged_with_what_follows():
    history, state = make()
    history.run(Growing(state, "a"))
    history.run(Append(state, "b"))
    assert state == ["ab"]
    history.mark_saved()
    history.run(Append(state, "c"))
    assert history.is_modified
    history.undo()
    assert state == ["ab"]
    assert not history.is_modified
