"""Control models (ControlNet, arXiv:2302.05543): loaded, kept for the next job, and asked beside the denoiser.

Reads diffusers folders and single files, in diffusers' names and in those of the original repository. Must not know how
a control picture was made.
"""

from __future__ import annotations

import inspect
import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import ControlNetModel
from safetensors import SafetensorError
from safetensors.torch import load_file

from sdstudio.engine.extras.names import original
from sdstudio.engine.failures import is_out_of_memory
from sdstudio.errors import ModelProblem
from sdstudio.models.extras import ExtraInfo
from sdstudio.models.header import read_header
from sdstudio.protocol.request import ControlUse

REMEMBERED_MODELS = 3
_HINT = "controlnet_cond_embedding."
_UNION = ("task_embedding", "control_add_embedding", "spatial_ch_projs")
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError)


@dataclass(frozen=True)
class Guide:
    """One control model at work: its picture (1, 3, h, w) in 0..1, and its share in the result."""

    network: Any
    picture: torch.Tensor
    use: ControlUse

    def works_at(self, index: int, count: int) -> bool:
        """Whether it has a say in the network call `index` of `count`; as diffusers counts it."""
        return not (index / count < self.use.start or (index + 1) / count > self.use.end)


def residuals(
    guides: Sequence[Guide], latents: torch.Tensor, timestep: torch.Tensor, conditioning: dict[str, Any]
) -> dict[str, Any]:
    """What the guides add to the denoiser's layers, as keyword arguments of it; empty without guides."""
    down: list[torch.Tensor] = []
    middle: torch.Tensor | None = None
    words = {
        name: conditioning[name] for name in ("encoder_hidden_states", "added_cond_kwargs") if name in conditioning
    }
    for guide in guides:
        given, centre = guide.network(
            latents,
            timestep,
            controlnet_cond=guide.picture.expand(len(latents), -1, -1, -1),
            conditioning_scale=guide.use.weight,
            return_dict=False,
            **words,
        )
        down = [before + more for before, more in zip(down, given, strict=True)] if down else list(given)
        middle = centre if middle is None else middle + centre
    if middle is None:
        return {}
    return {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}


class ControlShelf:
    """The control models that belong to one loaded model; those of the last jobs stay in memory.

    `on_loaded` hears every new network, so that its layers can be watched for cancelling.
    """

    def __init__(self, unet: Any, cell: int, latent_channels: int, on_loaded: Callable[[Any], None]) -> None:
        self._unet = unet
        self._cell = cell
        self._channels = latent_channels
        self._on_loaded = on_loaded
        self._networks: OrderedDict[str, Any] = OrderedDict()
        self._held: dict[str, str] = {}  # of the present job: paths by name

    @property
    def networks(self) -> list[Any]:
        """All that are in memory."""
        return list(self._networks.values())

    def hold(self, infos: dict[str, ExtraInfo], check: Callable[[], None]) -> None:
        """Have these control models ready, by the names that requests use. `check` may raise to stop.

        Raises ModelProblem when one is damaged or does not fit to the model.
        """
        for info in infos.values():
            check()
            if info.path not in self._networks:
                self._networks[info.path] = self._load(info)
                self._on_loaded(self._networks[info.path])
            self._networks.move_to_end(info.path)
        self._held = {name: info.path for name, info in infos.items()}
        while len(self._networks) > max(REMEMBERED_MODELS, len(infos)):
            self._networks.popitem(last=False)

    def others(
        self, uses: Sequence[ControlUse], pictures: Sequence[np.ndarray]
    ) -> tuple[list[ControlUse], list[np.ndarray]]:
        """The uses, with their pictures, that are not of held control models."""
        rest = [pair for pair in zip(uses, pictures, strict=True) if pair[0].model not in self._held]
        return [use for use, _ in rest], [picture for _, picture in rest]

    def guides(self, uses: Sequence[ControlUse], pictures: Sequence[np.ndarray]) -> list[Guide]:
        """The held models at work on `pictures`, RGB uint8 (h, w, 3), one for each use. Without weight: no work.

        Uses of names that are not held are not control models' but IP-Adapters'.
        """
        made = []
        for use, pixels in zip(uses, pictures, strict=True):
            if use.weight > 0 and use.model in self._held:
                picture = torch.from_numpy(pixels.astype(np.float32) / 255.0).permute(2, 0, 1)[None]
                there = picture.to(self._unet.device, self._unet.dtype)
                made.append(Guide(self._networks[self._held[use.model]], there, use))
        return made

    def _load(self, info: ExtraInfo) -> Any:
        path = Path(info.path)
        if not path.exists():
            raise ModelProblem(f"The control model “{info.title}” is not where it was: it has been moved or deleted.")
        try:
            config, weights = self._read(info, path)
            network = ControlNetModel.from_config(config)
            network.load_state_dict(_fitted(weights, network))
        except _UNREADABLE as error:
            if is_out_of_memory(error):
                raise
            raise _misfit(info, str(error)) from error
        if not all(torch.isfinite(weight).all() for weight in network.parameters()):
            raise ModelProblem(f"The control model “{info.title}” is damaged: some weights are no numbers (NaN).")
        self._check_fits(info, network)
        network = network.to(self._unet.device, self._unet.dtype).eval().requires_grad_(False)
        return network.to(memory_format=torch.channels_last) if network.device.type == "cpu" else network

    def _read(self, info: ExtraInfo, path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """Config and weights in diffusers' names."""
        files = sorted(path.glob("*.safetensors"))[:1] if path.is_dir() else [path]
        if not files:
            raise ModelProblem(f"The control model “{info.title}” has no .safetensors file.")
        read_header(files[0])
        weights = load_file(files[0])
        if any(name.startswith(_UNION) for name in weights):
            raise ModelProblem(f"The control model “{info.title}” is a union of several kinds, which is not supported.")
        if path.is_dir():
            return json.loads((path / "config.json").read_text(encoding="utf-8")), weights
        weights = {name.removeprefix("control_model."): value for name, value in weights.items()}
        if "time_embed.0.weight" in weights:
            weights = self._renamed(weights)
        return self._config(weights), weights

    def _config(self, weights: dict[str, torch.Tensor]) -> dict[str, Any]:
        """A single file has no config: it is the denoiser's own, with what the shapes say of the picture's encoder."""
        known = inspect.signature(ControlNetModel.__init__).parameters
        config = {name: value for name, value in self._unet.config.items() if name in known}
        numbers = [int(name.split(".")[2]) for name in weights if name.startswith(_HINT + "blocks.")]
        widths = [weights[_HINT + "conv_in.weight"].shape[0]]
        widths += [weights[f"{_HINT}blocks.{number}.weight"].shape[0] for number in sorted(set(numbers)) if number % 2]
        if config.get("encoder_hid_dim_type") == "ip_image_proj":  # an IP-Adapter in the denoiser at the moment
            config["encoder_hid_dim_type"] = None
        return config | {
            "in_channels": self._channels,
            "conditioning_channels": weights[_HINT + "conv_in.weight"].shape[1],
            "conditioning_embedding_out_channels": widths,
        }

    def _renamed(self, weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """From the original repository's names to diffusers', by asking for each of the latter."""
        count = sum(name.startswith("input_hint_block.") and name.endswith(".weight") for name in weights)
        renamed = {}
        for number in range(count):
            inner = {0: "conv_in", count - 1: "conv_out"}.get(number, f"blocks.{number - 1}")
            for kind in ("weight", "bias"):
                renamed[f"{_HINT}{inner}.{kind}"] = weights[f"input_hint_block.{2 * number}.{kind}"]
        with torch.device("meta"):
            wanted = ControlNetModel.from_config(self._config(renamed))
        for name in wanted.state_dict():
            if name.startswith("controlnet_down_blocks."):
                _, number, kind = name.split(".")
                renamed[name] = weights[f"zero_convs.{number}.0.{kind}"]
            elif name.startswith("controlnet_mid_block."):
                renamed[name] = weights[name.replace("controlnet_mid_block", "middle_block_out.0")]
            elif not name.startswith(_HINT):
                renamed[name] = weights[original(wanted, name)]
        return renamed

    def _check_fits(self, info: ExtraInfo, network: Any) -> None:
        for name in ("cross_attention_dim", "block_out_channels", "layers_per_block", "addition_embed_type"):
            if _plain(network.config[name]) != _plain(self._unet.config[name]):
                raise _misfit(info, f"{name}: {network.config[name]} and {self._unet.config[name]}")
        if network.config.in_channels != self._channels:
            raise _misfit(info, f"{network.config.in_channels} latent channels")
        shrinks = 2 ** (len(network.config.conditioning_embedding_out_channels) - 1)
        if shrinks != self._cell:
            raise _misfit(info, f"it shrinks its picture {shrinks} times where the model does {self._cell} times")


def _fitted(weights: dict[str, torch.Tensor], network: Any) -> dict[str, torch.Tensor]:
    """Matrices that files hold as 1 x 1 convolutions, or the other way round, in the network's own shape."""
    wanted = network.state_dict()
    return {
        name: value.reshape(wanted[name].shape) if name in wanted and value.numel() == wanted[name].numel() else value
        for name, value in weights.items()
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | list) else value


def _misfit(info: ExtraInfo, detail: str) -> ModelProblem:
    return ModelProblem(
        f"The control model “{info.title}” cannot be used with this model: it is damaged or made for another kind.",
        detail=detail,
    )
