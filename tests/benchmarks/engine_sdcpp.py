"""Measures stable-diffusion.cpp for `engine`; runs in an environment of its own, which has nothing of ours."""

from __future__ import annotations

import json
import os
import sys
import time

STEPS = 2


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")  # the library prints
    os.dup2(2, 1)
    from stable_diffusion_cpp import StableDiffusion

    path, threads = sys.argv[1], int(sys.argv[2])
    for line in sys.stdin:
        size, weights = json.loads(line)
        model = StableDiffusion(model_path=path, n_threads=threads, wtype=weights, verbose=False)
        marks: list[tuple[float, float]] = []

        def mark(_step: int = 0, steps: int = STEPS, _seconds: float = 0.0) -> None:
            if steps == STEPS:  # loading tells its progress as well
                marks.append((time.process_time(), time.perf_counter()))  # noqa: B023 - called within this turn

        model.generate_image(
            prompt="a cat", negative_prompt="blue", width=size, height=size, cfg_scale=7.0, sample_steps=STEPS,
            sample_method="euler", seed=1, progress_callback=mark,
        )  # fmt: skip
        mark()
        (before, clock), (after, later), (end, end_clock) = marks[-3:]
        found = {"step_processor": after - before, "step_clock": later - clock}
        found |= {"decode_processor": end - after, "decode_clock": end_clock - later}
        print(json.dumps(found), file=answers, flush=True)


if __name__ == "__main__":
    main()
