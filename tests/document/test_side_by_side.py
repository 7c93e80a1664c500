from __future__ import annotations

import threading

import pytest

from sdstudio.document.side_by_side import each


@pytest.mark.parametrize("count", [0, 1, 3, 200])
def test_every_piece_is_worked_on_once_and_results_keep_their_order(count: int):
    seen: list[int] = []

    def work(piece: int) -> int:
        seen.append(piece)
        return piece * piece

    assert list(each(work, range(count))) == [piece * piece for piece in range(count)]
    assert sorted(seen) == list(range(count))


def test_work_that_asks_for_work_comes_to_an_end():
    done = list(each(lambda outer: sum(each(lambda inner: inner, range(outer))), range(40)))
    assert done == [sum(range(outer)) for outer in range(40)]


def test_what_fails_in_a_piece_fails_for_who_asked():
    def work(piece: int) -> int:
        if piece == 30:
            raise MemoryError
        return piece

    with pytest.raises(MemoryError):
        list(each(work, range(60)))
    assert list(each(work, range(20))) == list(range(20))


def test_little_is_begun_before_it_is_needed():
    begun: list[int] = []
    results = each(lambda piece: begun.append(piece), range(1000))
    next(results)
    assert len(begun) < 100


def test_many_pieces_leave_the_thread_that_asks():
    names = set(each(lambda _: threading.current_thread().name, range(100)))
    assert threading.current_thread().name not in names
