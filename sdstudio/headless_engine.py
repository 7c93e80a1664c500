"""An engine of its own for each command that works without a window: started, asked, and gone afterwards.

Must not know what the pictures are for.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator

from sdstudio.errors import EngineProblem
from sdstudio.generation.prepare import Prepared
from sdstudio.protocol.framing import FramingError
from sdstudio.protocol.messages import Failed, Finished, FromEngine, Generate
from sdstudio.worker.process import EngineProcess

log = logging.getLogger(__name__)
JOB_ID = "headless"


class JobFailed(EngineProblem):
    """The engine gave a reason instead of a picture."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.message, detail=failed.detail)
        self.kind = failed.kind


@contextlib.contextmanager
def started(command: list[str]) -> Iterator[EngineProcess]:
    """An engine for as long as the context lasts."""
    engine = EngineProcess(command)
    try:
        engine.start()
        yield engine
    except FramingError as error:
        raise EngineProblem(
            "The engine sent something that is no picture and no message.", detail=str(error)
        ) from error
    finally:
        engine.kill()


def run_on(
    engine: EngineProcess, prepared: Prepared, listen: Callable[[FromEngine, bytes], None]
) -> tuple[Finished, bytes]:
    """Have `engine` make `prepared`. Raises JobFailed with its reason, EngineProblem when it ends."""
    source, mask = prepared.source, prepared.mask
    message = Generate(
        job_id=JOB_ID,
        request=prepared.request,
        model=prepared.model,
        extras=prepared.extras,
        has_source=source is not None,
        has_mask=mask is not None,
    )
    engine.send(message, b"".join(part.tobytes() for part in (source, mask, *prepared.controls) if part is not None))
    while (frame := engine.receive()) is not None:
        listen(*frame)
        if isinstance(frame[0], Finished):
            return frame[0], frame[1]
        if isinstance(frame[0], Failed):
            raise JobFailed(frame[0])
    raise EngineProblem(f"The engine stopped before the picture was done ({_reason(engine)}).")


def _reason(engine: EngineProcess) -> str:
    detail = engine.describe_end()
    log.info("%s", detail)
    if engine.was_killed_from_outside:
        return "it was ended from outside, most likely because memory ran out"
    return f"{engine.end_status}; “sdstudio doctor” may tell why"
