"""The composition root: the one place that builds the window's world and wires it. No torch in this process.

Nothing here waits for the engine: it starts when the window is on the screen, and comes up in the background.
"""

from __future__ import annotations

import gc
import logging
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QIcon, QImageReader
from PySide6.QtWidgets import QApplication

from sdstudio import __version__, paths
from sdstudio import log as logs
from sdstudio.doctor.models import look
from sdstudio.doctor.system import Problem
from sdstudio.document.document import Document
from sdstudio.errors import StudioError
from sdstudio.generation.jobs import JobQueue
from sdstudio.generation.session import Session
from sdstudio.models.info import ModelInfo
from sdstudio.raster.geometry import Extent
from sdstudio.settings import Settings
from sdstudio.ui import theme as themes
from sdstudio.ui.beside import Beside
from sdstudio.ui.editor import Editor
from sdstudio.ui.garbage import Garbage
from sdstudio.ui.journaling import Journaling
from sdstudio.ui.main_window import MainWindow
from sdstudio.worker.dispatcher import Dispatcher
from sdstudio.worker.process import own_engine_command

log = logging.getLogger(__name__)
_DEFAULT_SIDE = 512  # pixels of the first document where no model says what it likes
_MOST_PICTURE_MIB = 1024  # that Qt decodes, from the clipboard


class Studio:
    """Everything that lives as long as the window. Tests build one with a scripted engine."""

    def __init__(
        self, settings: Settings, dispatcher: Dispatcher, models: list[ModelInfo], journals: Path | None = None
    ) -> None:
        """`journals` is the folder where documents are kept safe while they are open; None keeps no journal."""
        self.settings = settings
        self.dispatcher = dispatcher
        self.model_problems: list[Problem] = []  # to be mentioned when the window is shown
        side = models[0].native_size if models else _DEFAULT_SIDE
        self.editor = Editor(Document.new(Extent(side, side)))
        self._beside = Beside()
        self.queue = JobQueue(dispatcher, beside=self._beside)
        self.session = Session(self.editor.document, self.queue, models)
        dispatcher.received.connect(self.queue.receive)
        dispatcher.lost.connect(self.queue.engine_lost)
        self.window = MainWindow(self.editor, self.session, dispatcher, settings)
        settings.changed.connect(self._on_setting_changed)
        self.window.extras_panel.rescan_wanted.connect(self._on_rescan_wanted)
        self.window.generate_panel.more.few_steps_told.connect(self._on_few_steps_told)
        self.journaling: Journaling | None = None
        if journals is not None:
            self.journaling = Journaling(self.window, self.editor, self.window.files, self.window.notices, journals)
            self.window.closing.connect(self.journaling.discard)

    def show(self, files: Sequence[Path] = (), *, start_page: bool = False) -> None:
        """Show the window; start the engine, and open `files`, when it is on the screen.

        `start_page`: with nothing to open, show the page with recent pictures and examples where a person wants that.
        """
        self.window.show()
        QTimer.singleShot(0, lambda: self._on_shown(files, start_page=start_page))

    def close(self) -> None:
        """End the engine, within about a second. A document that is still open is kept in its journal."""
        if self.journaling is not None:
            self.journaling.close()
        self.dispatcher.close()

    def _on_setting_changed(self, key: str) -> None:
        if key == "models_folders":
            self._look_for_models()
        elif key == "few_step_models":
            self._look_for_models()
            self.session.choose_model(self.session.parameters.model_id)
        elif key == "engine_command":
            self.dispatcher.restart(self.settings.get("engine_command") or own_engine_command())

    def _on_few_steps_told(self, model_id: str, kind: str) -> None:
        self.settings.set("few_step_models", self.settings.get("few_step_models") | {model_id: kind})

    def _on_rescan_wanted(self) -> None:
        problems = self._look_for_models()
        self.window.notices.settle("models")
        if len(problems) == 1:
            self.window.notices.complain(problems[0].sentence, problems[0].remedy, topic="models")
        elif problems:
            sentence = self.window.tr("{count} files or folders with models cannot be used; Details names them.")
            detail = "\n".join(str(problem) for problem in problems)
            self.window.notices.complain(sentence.format(count=len(problems)), detail, topic="models")

    def _look_for_models(self) -> list[Problem]:
        found = look(self.settings.get("models_folders"), self.settings.get("few_step_models"))
        self.session.models, self.session.extras = found.models, found.extras
        return found.problems

    def _on_shown(self, files: Sequence[Path], *, start_page: bool) -> None:
        self.dispatcher.start()
        for problem in self.settings.problems:
            self.window.notices.tell(problem)
        if not self.session.models:
            self.window.notices.complain(self.window.tr("No model was found, so nothing can be generated yet."))
        self.window.incoming.take(list(files))
        if self.journaling is not None:
            self.journaling.offer_recovery()
        if start_page and not files:
            self.window.start_control.offer()
        if self.model_problems:  # now, for it lies over the start page
            self.window.notices.tell(_in_short(self.model_problems))


def main() -> int:
    """The window alone, for a desktop's starter; `sdstudio.cli` has the options."""
    return run([Path(name) for name in sys.argv[1:]])


def run(files: Sequence[Path] = (), *, fake_engine: bool = False, theme: str | None = None) -> int:
    """Open the window with `files` and return its exit status. `theme` is for this time only."""
    logs.start("window")
    app = _application()
    settings = Settings()
    themes.apply(app, theme or settings.get("theme"))
    themes.follow_system(app, settings)
    command = [] if fake_engine else settings.get("engine_command")
    found = look(settings.get("models_folders"), settings.get("few_step_models"))
    models = found.models or (_fake_models() if fake_engine else [])
    dispatcher = Dispatcher(command or own_engine_command(fake=fake_engine))
    studio = Studio(settings, dispatcher, models, paths.data() / "journals")
    studio.session.extras, studio.model_problems = found.extras, found.problems
    _report_exceptions_to(studio)
    for number in (signal.SIGINT, signal.SIGTERM):  # no question is asked: whoever sends them wants an end
        signal.signal(number, lambda received, _frame: app.exit(128 + received))
    studio.show(files, start_page=True)
    Garbage(app)
    QTimer.singleShot(0, gc.freeze)  # what the start has made stays, and is never looked through again
    try:
        return app.exec()
    finally:
        studio.close()


def _in_short(problems: Sequence[Problem]) -> str:
    if len(problems) == 1:
        return problems[0].sentence
    return QCoreApplication.translate(
        "Studio", "{count} files or folders with models cannot be used. “Look again” in the Extras panel names them."
    ).format(count=len(problems))


def _fake_models() -> list[ModelInfo]:
    from sdstudio.headless_order import FAKE_MODEL  # brings what only the command line needs

    return [FAKE_MODEL]


def _application() -> QApplication:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    app = QApplication.instance() or QApplication(["sdstudio"])
    assert isinstance(app, QApplication)
    app.setApplicationName("SD Studio")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("sdstudio")
    app.setWindowIcon(QIcon(str(paths.resources() / "icons" / "sdstudio.svg")))
    QImageReader.setAllocationLimit(_MOST_PICTURE_MIB)
    return app


def _report_exceptions_to(studio: Studio) -> None:
    """A bug in a slot must not pass unseen, and must not end the window: the document is still there."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("an unexpected error", exc_info=(kind, error, trace))
        if isinstance(error, StudioError):
            studio.window.notices.error(error)
        else:
            detail = "".join(traceback.format_exception(kind, error, trace))
            sentence = studio.window.tr(
                "Something unexpected went wrong. Your picture is still here; save it to be safe."
            )
            studio.window.notices.complain(sentence, detail)

    sys.excepthook = report
