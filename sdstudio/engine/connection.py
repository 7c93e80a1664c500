"""The engine's end of the stream: one reader thread, one lock for writing, a queue of jobs.

The reader acknowledges Cancel at once, also while a step runs, and ends the process at the end of the stream.
Must not know what a job does.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from dataclasses import dataclass, field
from typing import BinaryIO

import msgspec

from sdstudio.protocol.errands import Errand
from sdstudio.protocol.framing import FramingError, read_frame, write_frame
from sdstudio.protocol.messages import Cancel, CancelAcknowledged, Generate, Shutdown, ToEngine

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    """Something to make: the message that asks for it, its pixels, and whether it is still wanted."""

    message: Generate | Errand
    blob: bytes
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def id(self) -> str:
        return self.message.job_id


class Connection:
    """Messages in and out. `start` reads until the stream ends, and then ends the process."""

    def __init__(self, stream_in: BinaryIO, stream_out: BinaryIO) -> None:
        self._in = stream_in
        self._out = stream_out
        self._write_lock = threading.Lock()
        self._waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._open_jobs: dict[str, Job] = {}  # waiting or running; single operations on it are atomic

    def start(self) -> None:
        threading.Thread(target=self._read, name="reader", daemon=True).start()

    def send(self, message: msgspec.Struct, blob: bytes | memoryview = b"") -> None:
        """Write one frame, from any thread. When the studio is gone the process ends: nobody waits for the picture."""
        try:
            with self._write_lock:
                write_frame(self._out, message, blob)
        except OSError as error:
            _log.info("the studio is gone: %s", error)
            os._exit(0)

    def next_job(self) -> Job:
        """Block until there is something to do."""
        return self._waiting.get()

    def close_job(self, job: Job) -> None:
        """The job is over: a later Cancel has nothing to stop."""
        self._open_jobs.pop(job.id, None)

    def _read(self) -> None:
        """End the process with the stream, even in the middle of a step: no orphan may hold the machine."""
        status = 0
        try:
            while (frame := read_frame(self._in, ToEngine)) is not None and not isinstance(frame[0], Shutdown):
                self._receive(*frame)
        except FramingError as error:
            _log.error("the stream does not follow the protocol: %s", error)
            status = 2
        except OSError as error:
            _log.error("the stream broke: %s", error)
            status = 1
        logging.shutdown()
        os._exit(status)

    def _receive(self, message: Generate | Errand | Cancel, blob: bytes) -> None:
        match message:
            case Cancel(job_id=job_id):
                self.send(CancelAcknowledged(job_id=job_id))  # first, so that it always comes before the job's end
                if known := self._open_jobs.get(job_id):
                    known.cancelled.set()
            case _:
                job = Job(message, blob)
                self._open_jobs[job.id] = job
                self._waiting.put(job)
