"""Do checkpoints of full size load and run, offline, as people own them? Run it by hand; it prints figures.

    python -m tests.benchmarks.full_size [sd1 sd2 sdxl ...] [--dtype fp16|bf16|fp32|fp8] [--steps 2] [--lora]

Writes one file of random weights after the other, with the names, shapes and odd tensors of the original
repositories, into a temporary folder (as large as the model), lets a process of its own detect, load and run it as the
engine does, with sockets denied, and deletes it. Processor time is printed, not time on the clock: other programs may
be running. Of the memory, "own" is what only this process can give back; the rest is the file that is being read.

Measured once, fp16 unless it says so, a picture of 256 x 256 pixels by one thread, of 23 GiB of memory 7 to 18 free:

    file                  own memory, with a LoRA   a step   the job foreseen, measured   plan
    sd1          2.0 GiB       5.1 GiB    6.0 GiB*   2.8 s      0.9 GiB   0.7 GiB         in full
    sd1_inpaint  2.0 GiB       5.8 GiB    6.1 GiB    3.8 s      0.9 GiB   1.3 GiB*        in full
    sd2          2.4 GiB       7.0 GiB        -      3.3 s      0.9 GiB   1.2 GiB*        in full
    sdxl         6.5 GiB       2.9 GiB    8.0 GiB    7.2 s      0.8 GiB   0.8 GiB         kept at half its size
    sdxl, bf16   6.5 GiB       2.6 GiB        -      6.3 s      1.0 GiB   0.6 GiB*        kept at half its size
    sdxl_refiner 5.7 GiB       3.9 GiB        -      7.6 s      1.1 GiB   1.0 GiB         kept at half its size

    * before kernels were made in their place (0.2 GiB)
"""

from __future__ import annotations

import argparse
import io
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from sdstudio.engine import environment
from tests.benchmarks.full_size_files import DTYPES, KINDS, write, write_lora

if "--measure" in sys.argv:
    environment.keep_memory()
    environment.share_processors()
    environment.forbid_network()

import numpy as np

from sdstudio.engine import service
from sdstudio.engine.connection import Connection, Job
from sdstudio.engine.painter import TorchPainter
from sdstudio.engine.service import Report
from sdstudio.engine.watch import Watch
from sdstudio.generation.plan_words import sentence
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.library import describe
from sdstudio.protocol.messages import Failed, Generate, Planned, Saving, Stage
from sdstudio.protocol.request import DEPTH_INPUT, ControlUse, GenerationRequest, LoraUse
from sdstudio.raster.geometry import Extent

_GIBI = 2**30
_MODEL, _LORA = "model.safetensors", "lora.safetensors"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", default=list(KINDS[:3]), help=", ".join(KINDS))
    parser.add_argument("--dtype", choices=list(DTYPES), default="fp16")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--lora", action="store_true", help="a second picture, with a LoRA")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.steps, options.size)
        return
    for kind in options.kinds:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / _MODEL
            write(path, kind, options.dtype)
            if options.lora:
                write_lora(path.with_name(_LORA), kind)
            print(f"{kind} {options.dtype}: {path.stat().st_size / _GIBI:.2f} GiB", flush=True)
            command = [sys.executable, "-m", "tests.benchmarks.full_size", "--measure", folder]
            command += ["--steps", str(options.steps), "--size", str(options.size)]
            done = subprocess.run(command, check=False)
            if done.returncode:
                print(f"  FAILED, exit code {done.returncode}")


class Memory(threading.Thread):
    """Watches how much memory this process takes, every twentieth of a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._most = [0, 0]  # all, and own

    def run(self) -> None:
        while True:
            status = Path("/proc/self/status").read_text(encoding="ascii")
            found = [re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE) for name in ("VmRSS", "RssAnon")]
            now = [int(one[1]) * 1024 if one else 0 for one in found]
            self._most = [max(pair) for pair in zip(self._most, now, strict=True)]
            time.sleep(0.05)

    def since_last(self) -> str:
        """The most since this was asked the last time."""
        most, self._most = self._most, [0, 0]
        return f"at most {most[0] / _GIBI:.2f} GiB, of which own {most[1] / _GIBI:.2f}"


class Clock(Report):
    """Notes the processor time at each step, and prints how the job is to fit into memory."""

    def __init__(self, job: Job, memory: Memory) -> None:
        super().__init__(Connection(io.BytesIO(), io.BytesIO()), job)
        self._memory, self._begun = memory, time.process_time()
        self.at: list[float] = []
        self.planned_bytes = 0

    def progress(self, stage: Stage, step: int = 0, steps: int = 0, fraction: float | None = None) -> None:
        if stage == "sampling":
            self.at.append(time.process_time())

    def planned(
        self,
        savings: tuple[Saving, ...],
        memory_bytes: int,
        free_bytes: int,
        seconds: float | None,
        *,
        ran_out: bool,
        is_packed: bool = False,
    ) -> None:
        used = time.process_time() - self._begun
        print(f"  ready after {used:.1f} s of processor time; {self._memory.since_last()}")
        planned = Planned(
            job_id="x", savings=savings, memory_bytes=memory_bytes, free_bytes=free_bytes, seconds=seconds,
            ran_out=ran_out, is_packed=is_packed,
        )  # fmt: skip
        print(f"  told: {sentence(planned)}", flush=True)
        self.planned_bytes = memory_bytes


def measure(folder: Path, steps: int, size: int) -> None:
    """Detect, load and run the files in `folder` as the engine does, without a network."""
    os.environ["SDSTUDIO_HOME"] = str(folder / "home")
    _deny_sockets()
    begun = time.perf_counter()
    info = describe(folder / _MODEL)
    told = f"{info.family}, {info.prediction}, size {info.native_size}"
    told += ", inpaint" * info.inpaint + ", depth map" * info.depth
    print(f"  detected in {1000 * (time.perf_counter() - begun):.0f} ms: {told}", flush=True)
    memory, painter = Memory(), TorchPainter()
    memory.start()
    loras = [()] + [(LoraUse(name="lora", weight=0.7),)] * (folder / _LORA).exists()
    lora = ExtraInfo(id="lora", title="LoRA", path=str(folder / _LORA), kind="lora")
    for worn in loras:
        controls = (ControlUse(model=DEPTH_INPUT),) if info.depth else ()
        request = GenerationRequest(
            mode="text_to_image", prompt="a red (apple:1.2)", negative_prompt="blue", model="file", controls=controls,
            extent=Extent(size, size), steps=steps, cfg_scale=5.0, sampler="euler", seed=1, loras=worn,
        )  # fmt: skip
        message = Generate(job_id="x", request=request, model=info, extras=(lora,), previews=False)
        _run(Job(message, _slope(size) * len(controls)), painter, memory)


def _run(job: Job, painter: TorchPainter, memory: Memory) -> None:
    request, taken = job.message.request, []
    finish = Watch.finish

    def spy(watch: Watch) -> None:
        taken.append(watch.taken_bytes or 0)
        finish(watch)

    Watch.finish = spy  # type: ignore[assignment, method-assign]
    clock = Clock(job, memory)
    made = service.run(job, painter, clock)
    Watch.finish = finish  # type: ignore[assignment, method-assign]
    if isinstance(made, Failed):
        raise SystemExit(f"  FAILED: {made.message}\n{made.detail}")
    each = ", ".join(f"{after - before:.1f}" for before, after in zip(clock.at, clock.at[1:], strict=False))
    print(f"  steps at {request.extent}{' with a LoRA' * len(request.loras)}: {each} s of processor time; "
          f"{memory.since_last()}")  # fmt: skip
    print(f"  foreseen {clock.planned_bytes / _GIBI:.2f} GiB for the job, measured {taken[0] / _GIBI:.2f}")
    assert isinstance(made, service.Picture)
    print(
        f"  picture {made.pixels.shape}, mean {np.mean(made.pixels):.0f}, spread {np.std(made.pixels):.0f}", flush=True
    )


def _slope(size: int) -> bytes:
    """A grey picture that grows brighter downwards, RGB."""
    rows = np.linspace(0, 255, size).astype(np.uint8)[:, None, None]
    return np.broadcast_to(rows, (size, size, 3)).tobytes()


def _deny_sockets() -> None:
    def refuse(*_where: Any) -> NoReturn:
        raise AssertionError("something wants to use the network")

    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, refuse)
    setattr(socket, "getaddrinfo", refuse)  # noqa: B010 - mypy takes no assignment to a module's function


if __name__ == "__main__":
    main()
