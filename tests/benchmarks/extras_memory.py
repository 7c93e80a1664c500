"""Does the engine grow while LoRAs, embeddings and control models come and go? Run it by hand; it prints figures.

    python -m tests.benchmarks.extras_memory [--jobs 1000]

Tiny random networks, so that a leak of tensors or hooks shows as growth and not as noise of large pictures.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import psutil
import torch
from safetensors.torch import save_file

from sdstudio.engine import loading, sampling
from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.validation import Pixels
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.library import describe
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import ControlUse, GenerationRequest, LoraUse
from sdstudio.raster.geometry import Extent
from tests.helpers import control_files, lora_files, tiny_models

WARM_UP = 50


class Silence:
    """Wants no previews and never cancels."""

    previews = False

    def check_cancelled(self) -> None: ...

    def progress(self, *_where: object, **_more: object) -> None: ...


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=1000)
    jobs = parser.parse_args().jobs
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        infos = [describe(tiny_models.write_model(folder / kind)) for kind in ("a", "b")]
        model = loading.load(infos[0], torch.device("cpu"), lambda done: None)
        extras = _extras(folder, model)
        picture = np.zeros((64, 64, 3), np.uint8)
        start = 0
        for job in range(jobs + WARM_UP):
            if job == WARM_UP:
                start = psutil.Process().memory_info().rss
            if job % 20 == 0:
                model = loading.load(infos[job // 20 % 2], torch.device("cpu"), lambda done: None)
            loras = tuple(LoraUse(name=f"lora{number}", weight=0.5) for number in range(job % 4))
            controls = (ControlUse(model="lines"),) if job % 3 == 0 else ()
            prompt = "a red cat, blob" if job % 2 else "a red cat"
            request = GenerationRequest(mode="text_to_image", prompt=prompt, model="a", extent=Extent(64, 64), steps=2,
                                        seed=job, loras=loras, controls=controls)  # fmt: skip
            dress(model, Generate(job_id="x", request=request, model=model.info, extras=extras), lambda: None)
            sampling.run_job(request, Pixels(None, None, (picture,) * len(controls)), model, Silence())  # type: ignore[arg-type]
        end = psutil.Process().memory_info().rss
    print(f"after {WARM_UP} jobs {start / 2**20:.1f} MiB, after {jobs} more {end / 2**20:.1f} MiB: "
          f"{100 * (end - start) / start:+.1f} %")  # fmt: skip


def _extras(folder: Path, model: loading.LoadedModel) -> tuple[ExtraInfo, ...]:
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
