"""What listening costs: a generation with every preview streamed to a studio, against the same loop without previews.

    python tests/benchmarks/engine_stream.py [MODEL] [--steps N] [--rounds N]

Both kinds alternate in the same engine process, so that the machine's moods hit both alike. Prints the ratios of
the medians (the promise: at most 1.02; on a busy machine only that of processor time means anything) and the
preview's share of a step, measured inside (the promise: under 2 %).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sdstudio.models.info import ModelInfo  # noqa: E402 - the checkout must be on the path first
from sdstudio.models.library import default_folders, find, look  # noqa: E402
from sdstudio.protocol.messages import Finished, Generate  # noqa: E402
from sdstudio.protocol.request import GenerationRequest  # noqa: E402
from sdstudio.raster.geometry import Extent  # noqa: E402
from tests.helpers.engine_client import EngineClient  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="starter", help="id or path (default: the starter model)")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    model = find(look(default_folders()).models, options.model)
    request = GenerationRequest(
        mode="text_to_image",
        prompt="a red apple",
        model=model.id,
        extent=Extent(model.native_size, model.native_size),
        steps=options.steps,
        cfg_scale=model.defaults.cfg_scale,
        sampler=model.defaults.sampler,
    )
    measure_stream(model, request, options.rounds)
    measure_preview(model, request)


def measure_stream(model: ModelInfo, request: GenerationRequest, rounds: int) -> None:
    """Alternate jobs with and without previews; compare the medians of wall time and of the engine's processor time."""
    wall_s: dict[bool, list[float]] = {True: [], False: []}
    processor_s: dict[bool, list[float]] = {True: [], False: []}
    with EngineClient() as engine:
        process = psutil.Process(engine.process.pid)
        for number in range(2 * rounds + 2):
            previews = bool((number + number // 2) % 2)  # with, without, without, with: neither always comes first
            started, used = time.perf_counter(), sum(process.cpu_times()[:2])
            engine.send(Generate(job_id=str(number), request=request, model=model, previews=previews))
            outcome, _ = engine.outcome()
            assert isinstance(outcome, Finished), outcome
            if number >= 2:  # the first of each kind load and warm up
                wall_s[previews].append(time.perf_counter() - started)
                processor_s[previews].append(sum(process.cpu_times()[:2]) - used)
    print(f"{model.title}, {request.extent}, {request.steps} steps, {rounds} rounds each")
    for name, seconds in (("wall time", wall_s), ("processor time", processor_s)):
        heard, silent = (statistics.median(seconds[kind]) for kind in (True, False))
        print(f"{name}: with a listener {heard:.3f} s, without previews {silent:.3f} s, ratio {heard / silent:.3f}")


def measure_preview(model: ModelInfo, request: GenerationRequest) -> None:
    """Time the prediction and rendering of one preview, and one whole step, in this process."""
    from sdstudio.engine import environment

    environment.share_processors()
    environment.forbid_network()
    import torch

    from sdstudio.engine import preview
    from sdstudio.engine.loading import load
    from sdstudio.engine.sampling import sample
    from sdstudio.engine.schedulers import Plan, build
    from sdstudio.engine.validation import Pixels

    class Silent:
        previews = False

        def check_cancelled(self) -> None: ...

        def progress(self, *args: object, **kwargs: object) -> None: ...

    loaded = load(model, torch.device("cpu"), lambda done: None)
    plan = Plan(build(loaded.scheduler_config, request.sampler, "normal"), request.steps, 1.0, loaded.device)
    side = model.native_size // loaded.cell
    latents = torch.randn(1, loaded.latent_channels, side, side)
    with torch.inference_mode():
        loaded.previewer.render(latents)
        step_s, preview_s = [], []
        for _ in range(5):
            started = time.perf_counter()
            sample(request, Pixels(None, None), loaded, Silent())  # type: ignore[arg-type]
            step_s.append((time.perf_counter() - started) / request.steps)
            for _ in range(20):
                started = time.perf_counter()
                loaded.previewer.render(preview.predict(plan, 5, model.prediction, latents, latents))
                preview_s.append(time.perf_counter() - started)
    step, shown = statistics.median(step_s), statistics.median(preview_s)
    print(f"a step {step * 1000:.1f} ms, its preview {shown * 1000:.3f} ms, {shown / step:.2%} of it")


if __name__ == "__main__":
    main()
