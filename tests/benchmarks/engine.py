r"""How fast is a step, and the decoding, beside diffusers' usual way, the machine's peak and stable-diffusion.cpp?

    python -m tests.benchmarks.engine [--size 512] [--rounds 2] [--threads 1] [--all] [--sdcpp PYTHON] [--json FILE]

A UNet and a VAE decoder of Stable Diffusion 1.5 with random weights, guidance's two texts in a batch. Every round
measures every variant once, so that what else the machine does meets all of them; the ratio is the median over rounds.
Processor time counts; time on the clock stands beside it. diffusers' own way runs in a process of its own, with the
allocator as the system has it; all of ours share another. PYTHON is an interpreter that has stable-diffusion.cpp's
binding, built for this processor:

    CMAKE_ARGS="-DGGML_NATIVE=ON -DGGML_OPENMP=ON -DGGML_LLAMAFILE=ON -DCMAKE_BUILD_TYPE=Release" \
        pip install --no-binary stable-diffusion-cpp-python stable-diffusion-cpp-python

Measured once at 512 x 512, two rounds, on a processor that computes with halves (twice the peak) while other programs
had most of it: a UNet's step exact 1.64 times as fast as diffusers, fast 2.57, faster 4.62; and 2.93 as fast mode would
have it on a processor without halves.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

# By network: variant, which process computes it, and whether only --all asks for it.
VARIANTS = {
    "unet": [
        ("diffusers, as it comes", "plain", False),
        ("channels_last", "ours", False),
        ("exact", "ours", False),
        ("exact, without attention by groups", "ours", True),
        ("exact, fused QKV", "ours", True),
        ("exact, texts one by one", "ours", True),
        ("fast (half precision)", "ours", False),
        ("faster, a short step", "ours", False),
        ("faster, the mean of two steps", "ours", False),
        ("exact, the mean of two steps", "ours", False),  # what fast is where the processor has no halves of its own
        ("exact, a short step", "ours", True),
    ],
    "vae": [
        ("diffusers, as it comes", "plain", False),
        ("channels_last", "ours", False),
        ("exact", "ours", False),
        ("exact, without Winograd", "ours", True),
        ("exact, doubling apart", "ours", True),
        ("half precision", "ours", True),
        ("tiled", "ours", True),
    ],
}
BASE = "diffusers, as it comes"
SDCPP_WEIGHTS = ("f32", "q8_0")
PEAKS = ("convolution fp32", "product fp32", "convolution bf16")


class Worker:
    """A process that measures what it is told to, by lines of JSON."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, *what: object) -> dict[str, float]:
        """Seconds of the processor and of the clock; figures beside them."""
        stream_in, stream_out = self._streams()
        stream_in.write(json.dumps(what) + "\n")
        stream_in.flush()
        answer = stream_out.readline()
        if not answer:
            raise SystemExit(f"the process that measures {what} has ended")
        found: dict[str, float] = json.loads(answer)
        return found

    def end(self) -> None:
        self._streams()[0].close()
        self._process.wait()

    def _streams(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=list(VARIANTS))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--sdcpp", metavar="PYTHON")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    command = [sys.executable, "-m", "tests.benchmarks.engine_variants", str(options.threads)]
    workers = {name: Worker([*command, name]) for name in ("plain", "ours")}
    results: dict[str, Any] = {"size": options.size, "threads": options.threads, "rounds": options.rounds}
    for network in [options.only] if options.only else list(VARIANTS):
        chosen = [(name, where) for name, where, rare in VARIANTS[network] if options.all or not rare]
        results[network] = _rounds(workers, network, chosen, options)
    for worker in workers.values():
        worker.end()
    if options.sdcpp:
        results["sdcpp"] = _ask_sdcpp(options, results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


def _rounds(
    workers: dict[str, Worker], network: str, chosen: list[tuple[str, str]], options: argparse.Namespace
) -> dict[str, Any]:
    """Measure, and print the table."""
    for name, where in chosen:
        workers[where].measure(network, name, options.size, True)
    times: dict[str, list[dict[str, float]]] = {name: [] for name, _ in chosen}
    peaks: dict[str, list[float]] = {name: [] for name in PEAKS}
    for _ in range(options.rounds):
        for peak in PEAKS:
            peaks[peak].append(workers["ours"].measure("peak", peak, options.size, False)["flops"])
        for name, where in chosen:
            times[name].append(workers[where].measure(network, name, options.size, False))
    best = {name: max(found) for name, found in peaks.items()}
    print(f"\n{network} at {options.size} x {options.size}, {options.threads} thread(s); peaks in GFLOP/s: "
          + ", ".join(f"{name} {value / 1e9:.0f}" for name, value in best.items()))  # fmt: skip
    print(f"{'':38}{'processor s':>12}{'clock s':>9}{'ratio':>7}{'of fp32 peak':>14}{'off by':>10}")
    made: dict[str, Any] = {"peaks": best}
    for name, found in times.items():
        pairs = zip(times[BASE], found, strict=True)
        ratio = statistics.median(base["processor"] / one["processor"] for base, one in pairs)
        seconds = statistics.median(one["processor"] for one in found)
        clock = statistics.median(one["clock"] for one in found)
        share = found[0]["flops"] / seconds / best["convolution fp32"]
        print(f"{name:38}{seconds:12.2f}{clock:9.1f}{ratio:7.2f}{share:14.2f}{found[0]['off']:10.1e}", flush=True)
        made[name] = {"seconds": seconds, "ratio": ratio, "of_peak": share, "off": found[0]["off"]}
    if network == "unet":
        times_peak = best["convolution bf16"] / best["convolution fp32"]
        print(f"fast owes its ratio to half precision, whose peak is {times_peak:.1f} times that of single precision "
              "here;\non a processor without it fast mode is “exact, the mean of two steps”")  # fmt: skip
    return made


def _ask_sdcpp(options: argparse.Namespace, ours: dict[str, Any]) -> dict[str, Any]:
    """stable-diffusion.cpp's own loop over a file of random weights, beside what `ours` holds of the same run."""
    from tests.benchmarks.full_size_files import write

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        write(path, "sd1", "fp16")
        script = Path(__file__).with_name("engine_sdcpp.py")
        command = [options.sdcpp, str(script), str(path), str(options.threads)]
        return {kind: _one_of_sdcpp(command, kind, options.size, ours) for kind in SDCPP_WEIGHTS}


def _one_of_sdcpp(command: list[str], kind: str, size: int, ours: dict[str, Any]) -> dict[str, float]:
    """One type of weights, in a process of its own: some end theirs."""
    worker = Worker(command)
    try:
        found = worker.measure(size, kind)
    except SystemExit:
        print(f"stable-diffusion.cpp, {kind}: its process ended without an answer")
        return {}
    worker.end()
    for network, part in (("unet", "step"), ("vae", "decode")):
        seconds, clock = found[f"{part}_processor"], found[f"{part}_clock"]
        ratio = f"ratio {ours[network][BASE]['seconds'] / seconds:.2f}" if network in ours else "not compared"
        print(f"stable-diffusion.cpp, {kind}, {part}: {seconds:.2f} s of the processor, {clock:.1f} s of the clock, "
              f"{ratio}", flush=True)  # fmt: skip
    return found


if __name__ == "__main__":
    main()
