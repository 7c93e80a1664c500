"""The tokenizers in the box give the numbers that their models were trained with."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdstudio.engine.flow.families import FAMILIES
from sdstudio.engine.flow.texts import QWEN_TASK
from sdstudio.engine.flow.tokenizers import read_long_tokenizer
from sdstudio.prompting import vocabularies

NOWHERE = Path("nowhere")


def test_t5_in_the_box() -> None:
    """The sentence and the numbers are those of T5's own example."""
    tokenizer = read_long_tokenizer(NOWHERE, FAMILIES["flux"].encoders[1])
    numbers = tokenizer("translate English to German: The house is wonderful.").input_ids
    assert numbers == [13959, 1566, 12, 2968, 10, 37, 629, 19, 1627, 5, 1]
    assert (tokenizer.pad_token_id, tokenizer.eos_token_id) == (0, 1)


def test_qwen_in_the_box() -> None:
    """Special tokens where its model has them; the task has the 34 tokens that Qwen-Image's pipeline drops."""
    tokenizer = read_long_tokenizer(NOWHERE, FAMILIES["z_image"].encoders[0])
    assert tokenizer("<|endoftext|><|im_start|><|im_end|>").input_ids == [151643, 151644, 151645]
    assert tokenizer("Hello world, 2024 你好").input_ids == [9707, 1879, 11, 220, 17, 15, 17, 19, 220, 108386]
    assert len(tokenizer(QWEN_TASK).input_ids) == 34


@pytest.mark.parametrize("family", ["flux", "qwen_image"])
@pytest.mark.parametrize(
    "text", ["a red  apple", "x\ny\tz  ", "Ａ ﬁne café", "½ ™ 你好 2024", "it's 3 o'clock, l'été über 123"]
)
@pytest.mark.parametrize("where", ["in the box", "in a folder"])
def test_the_windows_counter_sees_the_tokenizers_tokens(
    flow_folders: dict[str, Path], family: str, text: str, where: str
) -> None:
    encoder = FAMILIES[family].encoders[-1]
    folder = flow_folders[family] if where == "in a folder" else NOWHERE
    counter = vocabularies.read(encoder.role, folder / encoder.tokenizer)
    assert counter is not None
    theirs = read_long_tokenizer(folder, encoder)(text, add_special_tokens=False).input_ids
    assert counter.encode(text, add_special_tokens=False).ids == theirs
