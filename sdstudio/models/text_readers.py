"""How the families that do not read by CLIP alone read a prompt: with which text encoders, and how far. One table."""

from __future__ import annotations

from dataclasses import dataclass

from sdstudio.models.pixel_folder import FAMILY as PIXELS

# Tokens that a text encoder is given, its end sign among them, as diffusers' pipelines have it.
T5_LENGTH = {"sd3": 256, "flux": 512, PIXELS: 77}
# Tokens of prompt and answer together; Z-Image counts the task before them too, Qwen-Image does not.
QWEN_ROOM, Z_ROOM = 1024, 512
_Z_TASK_TOKENS = 3  # "<|im_start|>user\n"


@dataclass(frozen=True)
class Reader:
    """One text encoder of a family, as the prompt's author meets it."""

    role: str  # as in ModelInfo.lacks
    words: str  # how people call it
    folder: str  # of its tokenizer, in a model's folder
    room: int = 0  # tokens of a prompt that it reads; the rest is not read. 0: all of it, in pieces
    is_gist: bool = False  # only its one vector for the whole text counts, which it makes of the first piece
    small_letters: bool = False

    @property
    def reads_in_pieces(self) -> bool:
        return self.room == 0


READERS: dict[str, tuple[Reader, ...]] = {
    "sd3": (Reader("clip_l", "CLIP", "tokenizer"), Reader("t5", "T5", "tokenizer_3", T5_LENGTH["sd3"] - 1)),
    "flux": (
        Reader("t5", "T5", "tokenizer_2", T5_LENGTH["flux"] - 1),
        Reader("clip_l", "CLIP", "tokenizer", is_gist=True),
    ),
    "qwen_image": (Reader("qwen2_vl", "Qwen", "tokenizer", QWEN_ROOM),),
    "z_image": (Reader("qwen3", "Qwen", "tokenizer", Z_ROOM - _Z_TASK_TOKENS),),
    PIXELS: (Reader("t5", "T5", "tokenizer", T5_LENGTH[PIXELS] - 1, small_letters=True),),
}
_CLIP = (Reader("clip_l", "", "tokenizer"),)  # needs no name where it is alone


def readers_of(family: str) -> tuple[Reader, ...]:
    """The text encoders of this family, the most important one first."""
    return READERS.get(family, _CLIP)
