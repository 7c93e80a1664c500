from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from sdstudio.ui.garbage import Garbage


def test_qt_objects_in_cyclic_garbage_end_in_the_windows_thread(qtbot: QtBot) -> None:
    ended_in: list[threading.Thread] = []

    class Ring(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.itself = self
            self.filling = [[] for _ in range(20_000)]  # so many objects that a collection is due

        def __del__(self) -> None:
            ended_in.append(threading.current_thread())

    def work() -> list[list[int]]:
        return [[number] for number in range(100_000)]

    garbage = Garbage()
    assert not gc.isenabled()
    Ring()
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert ended_in == []
    qtbot.waitUntil(lambda: bool(ended_in))
    assert ended_in == [threading.main_thread()]
    garbage.deleteLater()
