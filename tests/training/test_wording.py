"""The words come to mean pictures before the UNet is trained on them."""

from pathlib import Path
from typing import cast

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
    nets = cast(diffusion.Networks, diffusion.begin(lesson, tiny, tmp_path).module)
    assert wording.learn(nets, lesson, tiny, 200) > 0.3
    before = {name: value.clone() for name, value in nets.text.state_dict().items()}
    diffusion.train(lesson, tiny, tmp_path, teach=lambda fresh: fresh.text.load_state_dict(before), stop_after=2)
    trained, _, _ = diffusion.load(tiny, len(reader), tmp_path)
    assert all(torch.equal(value, before[name]) for name, value in trained.text.state_dict().items())
