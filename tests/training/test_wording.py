"""The words come to mean pictures before the UNet is trained on them."""

from pathlib import Path

import msgspec
import torch

from sdstudio.training import batches, captions, diffusion, latents, recipe, tokenizer, wording
from sdstudio.training.vocabulary import Thing


def test_captions_come_to_explain_latents(things: list[Thing], tiny: recipe.Recipe, tmp_path: Path) -> None:
    plain = msgspec.structs.replace(tiny.diffusion, caption_dropout=0.0, views=1)
    tiny = msgspec.structs.replace(tiny, diffusion=plain)
    words = [word for thing in things for word in thing.words] + captions.OWN_WORDS
    reader = tokenizer.save(tmp_path, *tokenizer.learn(words, tiny.text.vocabulary), tiny.text.positions)
    plan = latents.views(things, tiny)
    own = torch.randn(len(things), 4, 8, 8, generator=torch.Generator().manual_seed(0))
    lesson = batches.Material(things, plan, own[[view.thing for view in plan]], reader)
    nets = diffusion.Run(lesson, tiny, tmp_path).nets  # as a run has them before it begins
    assert wording.learn(nets, lesson, tiny, 200) > 0.3
    before = {name: value.clone() for name, value in nets.text.state_dict().items()}
    run = diffusion.Run(lesson, tiny, tmp_path)
    run.nets.text.load_state_dict(before)
    run.step(batches.batch_of(lesson, tiny, 0))
    assert all(torch.equal(value, before[name]) for name, value in run.nets.text.state_dict().items())
