"""An engine that does as the test says: well behaved, or broken in one particular way. Run as a program.

    python engine_double.py [--behave HOW] [--step-ms N] [--load-ms N] [--steps N] [--sign FILE]

HOW: well | deaf (ignores Cancel) | babble | half_frame | huge_frame | wrong_pixels | exit | silent (never Ready) |
flood (previews as fast as they go) | chatter (a MiB on stderr first) | echo (Finished returns the source)
FILE is made as soon as a job's whole answer has been told.
"""

from __future__ import annotations

import argparse
import os
import queue
import struct
import sys
import threading
import time
from pathlib import Path

from sdstudio.protocol.framing import read_frame, write_frame
from sdstudio.protocol.messages import (
    Cancel,
    CancelAcknowledged,
    Failed,
    Finished,
    Generate,
    Preview,
    Progress,
    Ready,
    ToEngine,
)


class EngineDouble:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.jobs: queue.Queue[tuple[Generate, bytes] | None] = queue.Queue()
        self.cancelled: set[str] = set()
        self.lock = threading.Lock()

    def tell(self, message, blob: bytes = b"") -> None:
        with self.lock:
            write_frame(sys.stdout.buffer, message, blob)

    def listen(self) -> None:
        while (frame := read_frame(sys.stdin.buffer, ToEngine)) is not None:
            message, blob = frame
            if isinstance(message, Generate):
                self.jobs.put((message, blob))
            elif isinstance(message, Cancel) and self.options.behave != "deaf":
                self.cancelled.add(message.job_id)
                self.tell(CancelAcknowledged(job_id=message.job_id))
            elif not isinstance(message, Cancel):
                break
        os._exit(0)

    def work(self, job: Generate, blob: bytes) -> None:
        job_id, steps, extent = job.job_id, self.options.steps, job.request.extent
        self.tell(Progress(job_id=job_id, stage="loading"))
        time.sleep(self.options.load_ms / 1000)
        self.tell(Progress(job_id=job_id, stage="encoding"))
        for step in range(1, steps + 1):
            time.sleep(self.options.step_ms / 1000)
            if job_id in self.cancelled:
                return self.tell(Failed(job_id=job_id, kind="cancelled", message="The job was cancelled."))
            self.tell(Progress(job_id=job_id, stage="sampling", step=step, steps=steps))
            side = 512 if self.options.behave == "flood" else 4
            self.tell(Preview(job_id=job_id, step=step, steps=steps, width=side, height=side), bytes(side * side * 3))
        self.tell(Progress(job_id=job_id, stage="decoding"))
        picture = blob if self.options.behave == "echo" else b"\x7f" * (extent.area * 3)
        self.tell(
            Finished(job_id=job_id, width=extent.width, height=extent.height, steps_run=steps, seconds=0.1), picture
        )
        if self.options.sign is not None:
            self.options.sign.touch()
        return None

    def misbehave(self, how: str) -> None:
        out = sys.stdout.buffer
        match how:
            case "babble":
                out.write(b"Downloading weights: 100%|#####|\n" * 10)
            case "half_frame":
                out.write(struct.pack(">II", 100, 0) + b'{"type":"rea')
                out.flush()
                os._exit(0)
            case "huge_frame":
                out.write(struct.pack(">II", 10, 2**31))
            case "wrong_pixels":
                self.tell(Preview(job_id="job", step=1, steps=2, width=100, height=100), b"abc")
            case "exit":
                print("ImportError: no torch today", file=sys.stderr, flush=True)
                os._exit(3)
        out.flush()

    def serve(self) -> None:
        how = self.options.behave
        if how == "chatter":
            print("x" * 2**20, "the last words", file=sys.stderr, flush=True)
        if how == "exit":
            self.misbehave(how)
        threading.Thread(target=self.listen, daemon=True).start()
        if how != "silent":
            self.tell(
                Ready(device="cpu", device_name="double", memory_bytes=1, torch_version="0", diffusers_version="0")
            )
        while (job := self.jobs.get()) is not None:
            self.misbehave(how)
            self.work(*job)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--behave", default="well")
    parser.add_argument("--step-ms", type=int, default=5)
    parser.add_argument("--load-ms", type=int, default=5)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--sign", type=Path)
    EngineDouble(parser.parse_args()).serve()
