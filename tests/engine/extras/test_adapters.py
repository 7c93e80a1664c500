"""T2I-Adapters and unions of control models: bit for bit what diffusers' pipelines give, from every kind of file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    ControlNetUnionModel,
    DDIMScheduler,
    StableDiffusionAdapterPipeline,
    StableDiffusionXLControlNetUnionPipeline,
    T2IAdapter,
    UNet2DConditionModel,
)
from PIL import Image
from safetensors.torch import save_file

from sdstudio.engine.extras.dressing import dress
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.sampling import sample
from sdstudio.engine.validation import Pixels
from sdstudio.errors import BadRequest, ModelProblem
from sdstudio.models.library import look
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import ControlUse
from tests.engine.conftest import Listener, load, make_request
from tests.engine.test_parity import SEED, STEPS, theirs
from tests.helpers import tiny_models


def write_deep(folder: Path, *widths: int) -> LoadedModel:
    """A model with attention in its first block, as Stable Diffusion 1 has."""
    tiny_models.write_model(folder)
    UNet2DConditionModel(
        block_out_channels=widths, layers_per_block=1, sample_size=8, in_channels=4, out_channels=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        norm_num_groups=8, attention_head_dim=8, cross_attention_dim=tiny_models.WIDTH,
    ).save_pretrained(folder / "unet")  # fmt: skip
    return load(folder)


@pytest.fixture(scope="module")
def deep(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return write_deep(tmp_path_factory.mktemp("deep") / "deep", 32, 64)


def adapter(kind: str, colours: int = 3) -> T2IAdapter:
    torch.manual_seed(0)
    channels = [32] if kind == "light_adapter" else [32, 64]
    fold = 16 if kind == "full_adapter_xl" else 8
    return T2IAdapter(colours, channels, num_res_blocks=2, downscale_factor=fold, adapter_type=kind).eval()


def write_first(path: Path, network: T2IAdapter) -> Path:
    """As the repository in which T2I-Adapters were published first names the layers."""
    weights = {}
    for name, value in network.state_dict().items():
        new = name.removeprefix("adapter.")
        if network.config.adapter_type == "light_adapter":
            new = new.replace(".resnets.", ".body.")
        elif found := re.fullmatch(r"body\.(\d+)\.(?:resnets\.(\d+)\.)?(.+)", new):
            new = f"body.{2 * int(found[1]) + int(found[2] or 0)}.{found[3]}"
        weights[new] = value.contiguous()
    save_file(weights, path)
    return path


def ours(model: LoadedModel, folder: Path, pictures: list[np.ndarray], *uses: ControlUse) -> torch.Tensor:
    request = make_request(seed=SEED, steps=STEPS, controls=uses, cfg_scale=7.5)
    extras = tuple(look([folder]).extras)
    dress(model, Generate(job_id="a", request=request, model=model.info, extras=extras), lambda: None)
    with torch.inference_mode():
        return sample(request, Pixels(None, None, tuple(pictures)), model, Listener())[0]


@pytest.mark.parametrize(("kind", "colours"), [("full_adapter", 3), ("full_adapter", 1)])
def test_an_adapter_guides_as_in_diffusers(
    deep: LoadedModel, photo: np.ndarray, tmp_path: Path, kind: str, colours: int
) -> None:
    network = adapter(kind, colours).to(memory_format=torch.channels_last)
    write_first(tmp_path / "sketch.safetensors", network)
    assert [extra.kind for extra in look([tmp_path]).extras] == ["t2i_adapter"]

    def pipeline(**parts: Any) -> StableDiffusionAdapterPipeline:
        return StableDiffusionAdapterPipeline(adapter=network, **parts)

    picture = Image.fromarray(photo).convert("RGB" if colours == 3 else "L")
    options: dict[str, Any] = {"image": picture, "adapter_conditioning_scale": 0.7, "width": 64, "height": 64}
    expected = theirs(pipeline, deep, "ddim", 7.5, **options)  # type: ignore[arg-type]
    made = ours(deep, tmp_path, [photo], ControlUse(model="sketch", weight=0.7))
    assert torch.equal(made, expected)
    assert not torch.equal(made, ours(deep, tmp_path, []))


@pytest.mark.parametrize("kind", ["full_adapter", "light_adapter", "full_adapter_xl"])
def test_every_kind_of_file_does_the_same(
    sd: LoadedModel, deep: LoadedModel, photo: np.ndarray, tmp_path: Path, kind: str
) -> None:
    network, model = adapter(kind), sd if kind == "full_adapter_xl" else deep
    if kind == "light_adapter":  # its last two levels are of one width
        model = write_deep(tmp_path / "even", 32, 32)
    made = []
    for number, write in enumerate((write_first, lambda path, network: network.save_pretrained(path))):
        folder = tmp_path / str(number)
        folder.mkdir()
        write(folder / ("sketch" if number else "sketch.safetensors"), network)
        made.append(ours(model, folder, [photo], ControlUse(model="sketch")))
    assert torch.equal(*made)
    assert not torch.equal(made[0], ours(model, folder, []))


def test_a_mask_keeps_it_to_a_part(deep: LoadedModel, photo: np.ndarray, tmp_path: Path) -> None:
    write_first(tmp_path / "sketch.safetensors", adapter("full_adapter"))
    use, plain = ControlUse(model="sketch", mask="selection"), ours(deep, tmp_path, [])
    nowhere, everywhere = (np.dstack([photo, np.full((64, 64), grey, np.uint8)]) for grey in (0, 255))
    assert torch.equal(ours(deep, tmp_path, [nowhere], use), plain)
    free = ours(deep, tmp_path, [photo], ControlUse(model="sketch"))
    assert torch.equal(ours(deep, tmp_path, [everywhere], use), free)


def test_an_adapter_of_another_shape_is_refused(sd: LoadedModel, photo: np.ndarray, tmp_path: Path) -> None:
    network = T2IAdapter(3, [48, 64], num_res_blocks=2, downscale_factor=8, adapter_type="full_adapter")
    write_first(tmp_path / "sketch.safetensors", network)
    with pytest.raises(ModelProblem, match="T2I-Adapter “sketch” cannot be used with this model"):
        ours(sd, tmp_path, [photo], ControlUse(model="sketch"))


def union(unet: Any, count: int = 6) -> ControlNetUnionModel:
    torch.manual_seed(0)
    known = ("block_out_channels", "layers_per_block", "down_block_types", "norm_num_groups", "attention_head_dim",
             "cross_attention_dim", "addition_embed_type", "addition_time_embed_dim",
             "projection_class_embeddings_input_dim")  # fmt: skip
    network = ControlNetUnionModel(
        **{name: unet.config[name] for name in known}, in_channels=4, num_control_type=count,
        conditioning_embedding_out_channels=(4, 8, 8, 16), num_trans_channel=32, num_trans_head=1, num_proj_channel=32,
    )  # fmt: skip
    for block in (*network.controlnet_down_blocks, network.controlnet_mid_block, network.spatial_ch_projs,
                  network.controlnet_cond_embedding):  # fmt: skip
        for weight in block.parameters():
            torch.nn.init.normal_(weight, std=0.1)
    return network.eval().requires_grad_(False)


@pytest.mark.parametrize("is_folder", [True, False])
@pytest.mark.parametrize("count", [1, 2])
def test_a_union_follows_the_kinds_it_is_told(
    xl: LoadedModel, photo: np.ndarray, tmp_path: Path, is_folder: bool, count: int
) -> None:
    network = union(xl.unet).to(memory_format=torch.channels_last)
    if is_folder:
        network.save_pretrained(tmp_path / "union")
    else:
        weights = {name: value.contiguous() for name, value in network.state_dict().items()}
        save_file(weights, tmp_path / "union.safetensors")
    (info,) = look([tmp_path]).extras
    assert (info.kind, info.control_types) == ("controlnet", 6)
    first, second = xl.prompts.text_models
    pipeline = StableDiffusionXLControlNetUnionPipeline(
        vae=xl.vae, text_encoder=first.encoder, text_encoder_2=second.encoder, tokenizer=first.tokenizer,
        tokenizer_2=second.tokenizer, unet=xl.unet, controlnet=network, add_watermarker=False,
        scheduler=DDIMScheduler.from_config(xl.scheduler_config),
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    pictures = [photo, np.ascontiguousarray(photo[::-1])][:count]
    with torch.inference_mode():
        expected = pipeline(
            prompt="a red apple", negative_prompt="blue", control_image=[Image.fromarray(one) for one in pictures],
            control_mode=[1, 3][:count], num_inference_steps=STEPS, guidance_scale=7.5, width=64, height=64,
            controlnet_conditioning_scale=[0.8, 0.5][:count],
            generator=torch.Generator().manual_seed(SEED), output_type="latent",
        ).images  # fmt: skip
    uses = [ControlUse(model="union", kind="depth", weight=0.8),
            ControlUse(model="union", preprocessor="canny", weight=0.5)]  # fmt: skip
    assert torch.equal(ours(xl, tmp_path, pictures, *uses[:count]), expected)


def test_a_union_without_that_place_says_which_it_has(xl: LoadedModel, photo: np.ndarray, tmp_path: Path) -> None:
    union(xl.unet).save_pretrained(tmp_path / "union")
    with pytest.raises(BadRequest, match="cannot follow pictures of the kind “tile”; choose one of: pose, depth"):
        ours(xl, tmp_path, [photo], ControlUse(model="union", kind="tile"))
