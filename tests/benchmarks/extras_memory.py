"""Does the engine grow while models, LoRAs, embeddings and control models come and go? Run by hand; prints figures.

    python -m tests.benchmarks.extras_memory [--jobs 1000]

Tiny random networks, so that a leak of tensors or hooks shows as growth and not as noise of large pictures.

Measured once: 498.3 MiB after 50 jobs, 507.9 after 1000 more, +1.9 %: mostly kept steps, which are
bounded.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
from pathlib import Path

import psutil
import torch
from safetensors.torch import save_file

from sdstudio.engine import loading, service
from sdstudio.engine.connection import Connection, Job
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.painter import TorchPainter
from sdstudio.engine.service import Report
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.info import ModelInfo
from sdstudio.models.library import describe
from sdstudio.protocol.messages import Failed, Generate
from sdstudio.protocol.request import ControlUse, GenerationRequest, LoraUse
from sdstudio.raster.geometry import Extent
from tests.helpers import control_files, lora_files, tiny_models

WARM_UP = 50


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=1000)
    jobs = parser.parse_args().jobs
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SDSTUDIO_HOME"] = name
        models = [describe(tiny_models.write_model(folder / kind)) for kind in ("a", "b")]
        extras = _extras(folder, loading.load(models[0], torch.device("cpu"), lambda done: None))
        painter = TorchPainter()
        start = 0
        for number in range(jobs + WARM_UP):
            if number == WARM_UP:
                start = _tell(0)
            elif number > WARM_UP and (number - WARM_UP) % 100 == 0:
                _tell(number - WARM_UP, start)
            message = _message(number, models[number // 20 % 2], extras)
            picture = bytes(3 * 64 * 64)
            job = Job(message, picture * (message.has_source + len(message.request.controls)))
            outcome = service.run(job, painter, Report(Connection(io.BytesIO(), io.BytesIO()), job))
            if isinstance(outcome, Failed):
                raise SystemExit(f"job {number}: {outcome.message}\n{outcome.detail}")
        _tell(jobs, start)


def _message(number: int, model: ModelInfo, extras: tuple[ExtraInfo, ...]) -> Generate:
    """Another prompt, LoRA, control model or source each time; every seventh job is from a picture."""
    request = GenerationRequest(
        mode="text_to_image" if number % 7 else "image_to_image",
        prompt=("a red cat, blob" if number % 2 else "a red cat") + f" {number % 13}",
        model=model.id,
        extent=Extent(64, 64),
        steps=2,
        seed=number,
        strength=1.0 if number % 7 else 0.6,
        loras=tuple(LoraUse(name=f"lora{place}", weight=0.5) for place in range(number % 4)),
        controls=(ControlUse(model="lines"),) if number % 3 == 0 else (),
    )
    return Generate(job_id="x", request=request, model=model, extras=extras, previews=False, has_source=number % 7 == 0)


def _tell(jobs: int, start: int = 0) -> int:
    nbytes = int(psutil.Process().memory_info().rss)
    grown = f", {100 * (nbytes - start) / start:+.1f} %" if start else f" (after {WARM_UP} to warm up)"
    print(f"{jobs} jobs: {nbytes / 2**20:.1f} MiB{grown}", flush=True)
    return nbytes


def _extras(folder: Path, model: LoadedModel) -> tuple[ExtraInfo, ...]:
    encoders = [text.encoder for text in model.prompts.text_models]
    made = []
    for number in range(4):
        path = lora_files.write_kohya(folder / f"lora{number}.safetensors", model.unet, encoders, seed=number)
        made.append(ExtraInfo(id=f"lora{number}", title="LoRA", path=str(path), kind="lora"))
    save_file({"emb_params": torch.ones(2, tiny_models.WIDTH)}, folder / "blob.safetensors")
    made.append(ExtraInfo(id="blob", title="blob", path=str(folder / "blob.safetensors"), kind="embedding"))
    control = control_files.write_folder(folder / "lines", control_files.make(model.unet))
    made.append(ExtraInfo(id="lines", title="Lines", path=str(control), kind="controlnet"))
    return tuple(made)


if __name__ == "__main__":
    main()
