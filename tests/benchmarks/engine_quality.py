"""What does hurrying cost on the starter model? Prints it, and with --write keeps it for the window to show.

    python -m tests.benchmarks.engine_quality [--pictures 12] [--write] [--times FAST FASTER]

Pictures of the same requests, exact and hurried, by the engine's own loop: how far their pixels are apart, and how
alike they look (SSIM). --times are the ratios that `engine` printed for a step of a Stable Diffusion 1.5 at 512 x 512;
without them those that are kept stay. Run it again whenever the starter model has new weights.
"""

from __future__ import annotations

import argparse
import time

from sdstudio.engine import environment

environment.keep_memory()

import msgspec  # noqa: E402 - the allocator comes first
import numpy as np  # noqa: E402
import torch  # noqa: E402

from sdstudio import paths  # noqa: E402
from sdstudio.engine import loading, sampling  # noqa: E402
from sdstudio.engine.loaded import LoadedModel  # noqa: E402
from sdstudio.engine.speed import exact, half  # noqa: E402
from sdstudio.engine.validation import Pixels  # noqa: E402
from sdstudio.models import haste  # noqa: E402
from sdstudio.models.library import describe  # noqa: E402
from sdstudio.protocol.request import GenerationRequest  # noqa: E402
from sdstudio.raster.geometry import Extent  # noqa: E402
from sdstudio.training.evaluation.measures import ssim  # noqa: E402

CPU = torch.device("cpu")
THINGS = ("apple", "cat", "house", "car", "tree", "rose", "fish", "star", "book", "cake", "bird", "moon",
          "dog", "sun", "boat", "hat", "key", "bell", "pear", "mushroom")  # fmt: skip


class _Silence:
    """Wants no previews and never cancels."""

    previews = False

    def check_cancelled(self) -> None: ...

    def progress(self, *_where: object, **_more: object) -> None: ...


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=12)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--times", type=float, nargs=2, metavar=("FAST", "FASTER"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    if not half.is_native():
        print("this processor has no bfloat16: “fast” here is “faster” in full precision")
    model = loading.load(describe(paths.resources() / "models" / "starter"), CPU, lambda done: None)
    known = haste.measured()
    times = dict(zip(("fast", "faster"), options.times or (), strict=False))
    exact_pictures, exact_seconds = _paint(model, options.pictures, "exact")
    found = {}
    for speed in ("fast", "faster"):
        made, seconds = _paint(model, options.pictures, speed)
        levels = np.abs(made.astype(np.float64) - exact_pictures).mean()
        likeness = np.mean([ssim(one, other) for one, other in zip(made, exact_pictures, strict=True)])
        ratio = times.get(speed, known[speed].times if speed in known else exact_seconds / seconds)
        found[speed] = haste.Measured(round(ratio, 2), round(float(levels), 2), round(float(likeness), 4))
        print(f"{speed}: {exact_seconds / seconds:.2f} x as fast as exact here; pixels {levels:.2f} of 255 apart, "
              f"SSIM {likeness:.4f}")  # fmt: skip
    if options.write:
        haste.file().write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        print(f"written to {haste.file().name}")


def _paint(model: LoadedModel, count: int, speed: str) -> tuple[np.ndarray, float]:
    """(count, h, w, 3) pictures and the processor's seconds."""
    best, side = model.info.defaults, model.info.native_size
    pictures, start = [], time.process_time()
    for number in range(count):
        request = GenerationRequest(
            mode="text_to_image", prompt=THINGS[number % len(THINGS)], model=model.info.id, extent=Extent(side, side),
            steps=best.steps, cfg_scale=best.cfg_scale, sampler=best.sampler, schedule=best.schedule, seed=number,
            speed=speed,  # type: ignore[arg-type]
        )  # fmt: skip
        with exact.arithmetic(CPU):
            pictures.append(sampling.run_job(request, Pixels(None, None), model, _Silence()).pixels)  # type: ignore[arg-type]
    return np.stack(pictures), time.process_time() - start


if __name__ == "__main__":
    main()
