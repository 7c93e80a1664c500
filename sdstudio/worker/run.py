"""One engine process from its start to its end, as the dispatcher's thread reads it. Must not know jobs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from sdstudio.errors import EngineProblem
from sdstudio.protocol.framing import FramingError
from sdstudio.worker.inbox import Inbox
from sdstudio.worker.process import EngineProcess

SHUTDOWN_PATIENCE_S = 1.0


class Run:
    """The process, its messages that the window has not seen yet, and whether it has said that it is ready."""

    def __init__(self, command: list[str]) -> None:
        self.engine = EngineProcess(command)
        self.inbox = Inbox()
        self.ready = False

    def read(self, woken: Callable[[Run], None]) -> tuple[str, str]:
        """Start the engine and pass its messages on until it ends, whichever way; then it is gone.

        `woken` is called when there is something in an inbox that was empty. Returns a sentence for the person, ""
        where an end needs none of its own, and a technical detail. Blocks: only the thread may call this.
        """
        message, detail = self._pass_on(woken)
        self.engine.kill()
        return message, "\n".join(filter(None, [detail, self.engine.describe_end()]))

    def _pass_on(self, woken: Callable[[Run], None]) -> tuple[str, str]:
        try:
            self.engine.start()
            while (frame := self.engine.receive()) is not None:
                if self.inbox.put(*frame):
                    woken(self)
        except EngineProblem as problem:
            return problem.message, problem.detail
        except FramingError as error:
            sentence = QCoreApplication.translate(
                "Dispatcher", "The engine sent something that is no picture and no message, so it was stopped."
            )
            return sentence, str(error)
        self.engine.wait(SHUTDOWN_PATIENCE_S)
        if self.engine.was_killed_from_outside:
            sentence = QCoreApplication.translate(
                "Dispatcher",
                "The engine was ended from outside, as happens when memory runs out; the next job starts it again.",
            )
            return sentence, ""
        return "", ""

    def stop(self) -> None:
        """End it now; nothing that it said is delivered any more."""
        self.engine.kill()
        self.inbox.close()
