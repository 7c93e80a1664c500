from __future__ import annotations

import pytest
from PySide6.QtCore import QDate, QDateTime, QTime

from sdstudio.ui.dialogs.recovery import in_words

NOW = QDateTime(QDate(2026, 11, 22), QTime(0, 10))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (QDateTime(QDate(2026, 11, 22), QTime(0, 5)), "today at 00:05"),
        (QDateTime(QDate(2026, 11, 21), QTime(23, 55)), "yesterday at 23:55"),
        (QDateTime(QDate(2026, 11, 20), QTime(8, 0)), "on 20 November 2026 at 08:00"),
        (QDateTime(QDate(2027, 1, 2), QTime(8, 0)), "on 2 January 2027 at 08:00"),  # the clock was set back
    ],
)
def test_times_are_told_in_words_that_cannot_be_misread(at: QDateTime, said: str) -> None:
    assert in_words(at, NOW) == said
