from __future__ import annotations

import os
from pathlib import Path

import pytest

from sdstudio.journal import claims
from sdstudio.journal.claims import Claims


def test_a_file_belongs_to_one_window_until_that_lets_go(tmp_path: Path) -> None:
    first, second, cup, jar = Claims(tmp_path / "locks"), Claims(tmp_path / "locks"), tmp_path / "cup", tmp_path / "jar"
    assert first.take(cup)
    assert first.take(cup), "what is ours already"
    assert not second.take(cup)
    assert second.take(jar)
    first.keep_only(None)
    assert second.take(cup)
    assert not first.take(cup)
    second.keep_only(cup)
    assert first.take(jar)


def test_other_ways_to_the_same_file_are_the_same_claim(tmp_path: Path) -> None:
    cup, link = tmp_path / "cup", tmp_path / "link"
    cup.touch()
    link.symlink_to(cup)
    first, second = Claims(tmp_path / "locks"), Claims(tmp_path / "locks")
    assert first.take(link)
    assert not second.take(tmp_path / "." / "cup")


def test_who_lets_go_while_another_takes_leaves_one_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = (Claims(tmp_path / "locks") for _ in range(3))
    cup, lock = tmp_path / "cup", claims._lock
    assert first.take(cup)

    def late(handle: int) -> None:
        monkeypatch.setattr(claims, "_lock", lock)
        first.keep_only(None)  # removes what was just opened
        lock(handle)

    monkeypatch.setattr(claims, "_lock", late)
    assert second.take(cup)
    assert not third.take(cup)


def test_who_takes_at_once_after_another_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = (Claims(tmp_path / "locks") for _ in range(3))
    cup, close = tmp_path / "cup", os.close
    assert first.take(cup)

    def closed(handle: int) -> None:
        close(handle)
        monkeypatch.setattr(claims.os, "close", close)
        assert second.take(cup)

    monkeypatch.setattr(claims.os, "close", closed)
    first.keep_only(None)
    assert not third.take(cup)


def test_where_no_lock_can_be_kept_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file where the folder should be")
    assert Claims(tmp_path / "locks").take(tmp_path / "cup")
