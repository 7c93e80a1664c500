"""One sentence says what a job takes and what is saved for it."""

from __future__ import annotations

import pytest

from sdstudio.generation.plan_words import sentence
from sdstudio.protocol.messages import LADDER, Planned

GB = 2**30


@pytest.mark.parametrize(
    ("planned", "expected"),
    [
        (Planned(job_id="a"), ""),
        (
            Planned(job_id="a", memory_bytes=30 * 2**20, free_bytes=8 * GB),
            "Takes about 30 MB; 8.0 GB are free.",
        ),
        (
            Planned(job_id="a", memory_bytes=3 * GB, free_bytes=8 * GB, seconds=40.4),
            "Takes about 3.0 GB and 40 seconds; 8.0 GB are free.",
        ),
        (
            Planned(job_id="a", memory_bytes=3 * GB, free_bytes=4 * GB, seconds=600, savings=("vae_tiled",)),
            "Takes about 3.0 GB and 10 minutes; 4.0 GB are free. To fit, the picture is decoded in tiles.",
        ),
        (
            Planned(job_id="a", memory_bytes=3 * GB, free_bytes=4 * GB, savings=("half_weights",)),
            "Takes about 3.0 GB; 4.0 GB are free. To fit, the model is kept at half its size.",
        ),
        (
            Planned(job_id="a", memory_bytes=3 * GB, free_bytes=4 * GB, savings=("half_weights",), is_packed=True),
            "Takes about 3.0 GB; 4.0 GB are free. To fit, the model stays as its file packs it.",
        ),
        (
            Planned(job_id="a", savings=("vae_tiled", "text_unloaded", "batch_split"), ran_out=True),
            "Memory ran out, so the job goes on with less: the picture is decoded in tiles, the text encoder makes "
            "room and prompt and negative prompt take turns.",
        ),
    ],
)
def test_the_sentence(planned: Planned, expected: str) -> None:
    assert sentence(planned) == expected


def test_every_saving_has_words() -> None:
    said = sentence(Planned(job_id="a", savings=LADDER, ran_out=True))
    assert said.count(",") >= len(LADDER) - 2


def test_every_part_is_translated() -> None:
    planned = Planned(job_id="a", memory_bytes=GB, free_bytes=GB, seconds=1, savings=("vae_tiled", "batch_split"))
    asked: list[str] = []

    def say(text: str) -> str:
        asked.append(text)
        return text

    sentence(planned, say)
    assert {"a second", "the picture is decoded in tiles", "prompt and negative prompt take turns"} <= set(asked)
