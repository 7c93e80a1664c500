"""Do checkpoints of full size load and run, offline, as people own them? Run it by hand; it prints figures.

    python -m tests.benchmarks.full_size [sd1 sd2 sdxl ...] [--dtype fp16|bf16|fp32|fp8] [--steps 2] [--half]

Writes one file of random weights after the other, with the names, shapes and odd tensors of the original
repositories, into a temporary folder (as large as the model), lets a process of its own detect, load and run it with
sockets denied, and deletes it. Processor time is printed, not time on the clock: other programs may be running.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

_KINDS = ("sd1", "sd2", "sdxl", "sdxl_refiner", "sd1_inpaint", "sd2_inpaint", "sd2_depth", "sdxl_inpaint")
_DTYPES = {"fp16": ("F16", 2), "bf16": ("BF16", 2), "fp32": ("F32", 4), "fp8": ("F8_E4M3", 1)}
_INPUTS = {"inpaint": 9, "depth": 5}
_GIBI = 2**30


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", default=list(_KINDS[:3]), help=", ".join(_KINDS))
    parser.add_argument("--dtype", choices=list(_DTYPES), default="fp16")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--half", action="store_true", help="run in bfloat16: SDXL in full precision takes 17 GiB")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.steps, options.size, half=options.half)
        return
    for kind in options.kinds:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.safetensors"
            write(path, kind, options.dtype)
            print(f"{kind} {options.dtype}: {path.stat().st_size / _GIBI:.2f} GiB", flush=True)
            command = [sys.executable, "-m", "tests.benchmarks.full_size", "--measure", str(path)]
            command += ["--steps", str(options.steps), "--size", str(options.size), *["--half"] * options.half]
            done = subprocess.run(command, check=False)
            if done.returncode:
                print(f"  FAILED, exit code {done.returncode}")


def write(path: Path, kind: str, dtype: str) -> None:
    """A checkpoint of that kind, one tensor in memory at a time."""
    import torch

    code, width = _DTYPES[dtype]
    number = {"F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F8_E4M3": torch.float8_e4m3fn}[code]
    tensors = dict(_tensors(kind))
    header: dict[str, Any] = {}
    end = 0
    for name, shape in tensors.items():
        begin, end = end, end + math.prod(shape) * width
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    generator = torch.Generator().manual_seed(0)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in tensors.items():
            value = _random(name, shape, generator).to(number).contiguous()
            file.write(value.flatten().view(torch.uint8).numpy().tobytes())


def _random(name: str, shape: list[int], generator: Any) -> Any:
    """What keeps a random network's activations in range: norms do nothing, everything else keeps the variance."""
    import torch

    if len(shape) < 2:
        return torch.ones(shape) if name.endswith("weight") else torch.zeros(shape)
    if "embedding" in name:
        return torch.randn(shape, generator=generator) * 0.02
    return torch.randn(shape, generator=generator) / math.sqrt(math.prod(shape[1:]))


def _tensors(kind: str) -> Iterator[tuple[str, list[int]]]:
    """Names and shapes, as the original repositories write them."""
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    from sdstudio import paths
    from tests.helpers.single_files import checkpoint

    family, _, variant = (kind, "", "") if kind == "sdxl_refiner" else kind.partition("_")
    folder = paths.resources() / "families" / family

    def config(part: str) -> dict[str, Any]:
        return dict(json.loads((folder / part / "config.json").read_text(encoding="utf-8")))

    more = {"in_channels": _INPUTS[variant]} if variant else {}
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(config("unet") | more)
        vae = AutoencoderKL.from_config(config("vae"))
        encoders = [
            kind_of(CLIPTextConfig(**config(part)))
            for part, kind_of in (("text_encoder", CLIPTextModel), ("text_encoder_2", CLIPTextModelWithProjection))
            if (folder / part).is_dir()
        ]
        named = checkpoint(unet, vae, *encoders, kind=family if family in ("sd2", "sdxl_refiner") else "")
    for name, value in named.items():
        yield name, list(value.shape)
    yield from _besides(family)


def _besides(family: str) -> Iterator[tuple[str, list[int]]]:
    """What the trainers of those files left in them and no picture needs."""
    if family in ("sd1", "sd2"):
        for name in ("betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "log_one_minus_alphas"):
            yield name, [1000]
        yield "model_ema.decay", []
        yield "model_ema.num_updates", []
    if family == "sd1":
        yield "cond_stage_model.transformer.text_model.embeddings.position_ids", [1, 77]
    if family == "sdxl":
        yield "denoiser.sigmas", [1000]
        yield "conditioner.embedders.0.transformer.text_model.embeddings.position_ids", [1, 77]


class Clock:
    """Stands for the Report of a job; notes the processor time at each step."""

    previews = True

    def __init__(self) -> None:
        self.at: list[float] = []

    def check_cancelled(self) -> None: ...

    def preview(self, *_picture: object) -> None: ...

    def progress(self, stage: str, *_where: object, **_more: object) -> None:
        if stage == "sampling":
            self.at.append(time.process_time())


def measure(path: Path, steps: int, size: int, *, half: bool) -> None:
    """Detect, load and run the file at `path` as the engine does, without a network."""
    from sdstudio.engine import environment

    environment.keep_memory()
    environment.share_processors()
    environment.forbid_network()
    _deny_sockets()
    import numpy as np
    import torch

    from sdstudio.engine import loading, sampling
    from sdstudio.engine.validation import Pixels
    from sdstudio.models.library import describe
    from sdstudio.protocol.request import DEPTH_INPUT, ControlUse, GenerationRequest
    from sdstudio.raster.geometry import Extent

    if half:
        loading.choose_dtype = lambda _path, _device: torch.bfloat16
    begun = time.perf_counter()
    info = describe(path)
    told = f"{info.family}, {info.prediction}, size {info.native_size}"
    told += ", inpaint" * info.inpaint + ", depth map" * info.depth
    print(f"  detected in {1000 * (time.perf_counter() - begun):.0f} ms: {told}", flush=True)
    begun, used = time.perf_counter(), time.process_time()
    model = loading.load(info, torch.device("cpu"), lambda done: None)
    took, used = time.perf_counter() - begun, time.process_time() - used
    print(f"  loaded in {took:.1f} s (processor {used:.1f} s), peak {_peak():.2f} GiB", flush=True)
    controls = (ControlUse(model=DEPTH_INPUT),) if info.depth else ()
    request = GenerationRequest(
        mode="text_to_image", prompt="a red (apple:1.2)", negative_prompt="blue", model="file", controls=controls,
        extent=Extent(size, size), steps=steps, cfg_scale=5.0, sampler="euler", seed=1,
    )  # fmt: skip
    slope = np.broadcast_to(np.linspace(0, 255, size).astype(np.uint8)[:, None, None], (size, size, 3))
    clock = Clock()
    made = sampling.run_job(request, Pixels(None, None, (slope,) * len(controls)), model, clock)  # type: ignore[arg-type]
    each = ", ".join(f"{after - before:.1f}" for before, after in zip(clock.at, clock.at[1:], strict=False))
    print(f"  steps at {size} x {size}: {each} s of processor time; peak {_peak():.2f} GiB")
    print(f"  picture {made.pixels.shape}, mean {np.mean(made.pixels):.0f}, spread {np.std(made.pixels):.0f}")


def _deny_sockets() -> None:
    def refuse(*_where: Any) -> NoReturn:
        raise AssertionError("something wants to use the network")

    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, refuse)
    setattr(socket, "getaddrinfo", refuse)  # noqa: B010 - mypy takes no assignment to a module's function


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _GIBI


if __name__ == "__main__":
    main()
