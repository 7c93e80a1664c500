"""How long from a cold engine to the first step, beside what cannot be saved: reading the weights, and that step.

    python -m tests.benchmarks.cold_start [MODEL_FOLDER_OR_FILE] [--size 512] [--runs 3]

Processor seconds of the engine's process (they do not count what other programs take) and seconds on the clock, the
median of the runs. Without a model: one of Stable Diffusion 1.5's size, random, in half precision. Prints the ratio,
which should be at most 1.5.

Measured on two idle processors: 1.38 by processor time, 16.5 s against 9.9 for the step and 2.1 for reading; 1.63 by
the clock, 10.8 s against 5.4 and 1.2, because the step has both processors and imports have one. Of what lies between,
importing torch, transformers and diffusers takes 3 s, the rest goes into layout, forecast and the first step's kernels.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from sdstudio.models.library import describe
from sdstudio.protocol.messages import Failed, Finished, Generate, Progress
from sdstudio.protocol.request import GenerationRequest
from sdstudio.raster.geometry import Extent
from tests.helpers.engine_client import EngineClient


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["SDSTUDIO_HOME"] = name
        model = options.model or _write_model(Path(name) / "sd15.safetensors")
        runs = [_run(model, options.size) for _ in range(options.runs)]
        reading = _read_all(model)
    cold, step, warm = (
        [statistics.median(run[number][kind] for run in runs) for kind in (0, 1)] for number in range(3)
    )
    print("                                     processor s    clock s")
    for words, pair in (
        ("start to the end of the first step", cold),
        ("of which: one step, engine warm", step),
        ("reading the weights", reading),
    ):
        print(f"{words:36} {pair[0]:11.2f} {pair[1]:10.2f}")
    for kind, words in enumerate(("processor", "clock")):
        print(f"ratio by {words} time: {cold[kind] / (step[kind] + reading[kind]):.2f} (aim: at most 1.50)")
    print(f"the second picture, model loaded, took {warm[0]:.2f} s of the processor")


def _run(model: Path, size: int) -> list[tuple[float, float]]:
    """(processor, clock) seconds: to the end of the first step; of one step when warm; of a whole second job."""
    request = GenerationRequest(
        mode="text_to_image", prompt="a red cat", model="x", extent=Extent(size, size), steps=3, sampler="euler"
    )
    begun = time.perf_counter()
    with EngineClient() as engine:
        process = psutil.Process(engine.process.pid)
        marks: list[tuple[float, float]] = []

        def mark() -> None:
            spent = process.cpu_times()
            marks.append((spent.user + spent.system, time.perf_counter() - begun))

        for _ in range(2):
            mark()
            engine.send(Generate(job_id="x", request=request, model=describe(model), previews=False))
            while True:
                message, _blob = engine.receive()
                if isinstance(message, Progress) and message.stage == "sampling":
                    mark()
                if isinstance(message, Failed):
                    raise SystemExit(f"{message.message}\n{message.detail}")
                if isinstance(message, Finished):
                    break
            mark()

    # The marks of each job: its beginning, steps 0 to 3, its end.
    def between(first: int, last: int) -> tuple[float, float]:
        return marks[last][0] - marks[first][0], marks[last][1] - marks[first][1]

    return [marks[2], between(8, 9), between(6, 11)]


def _read_all(model: Path) -> list[float]:
    """Reading every byte of the weights, as the networks will have them."""
    from safetensors.torch import load_file

    files = sorted(model.rglob("*.safetensors")) if model.is_dir() else [model]
    clock, processor = time.perf_counter(), time.process_time()
    for file in files:
        for weight in load_file(file).values():
            weight.float().sum()
    return [time.process_time() - processor, time.perf_counter() - clock]


def _write_model(path: Path) -> Path:
    from tests.benchmarks.full_size_files import write

    write(path, "sd1", "fp16")
    return path


if __name__ == "__main__":
    main()
