"""LoRA files, and the networks that wear them: weights are changed in place and put back bit for bit.

Changed weights cost nothing while sampling, which wrapped layers would; what they replace is kept beside them. Must not
know where files come from or what a prompt says.
"""

from __future__ import annotations

import json
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from sdstudio.engine import packed
from sdstudio.engine.extras import deltas
from sdstudio.engine.extras.names import flat, spellings
from sdstudio.engine.failures import is_out_of_memory
from sdstudio.errors import ModelProblem
from sdstudio.models.header import read_header

_log = logging.getLogger(__name__)
REMEMBERED_BYTES = 512 * 2**20  # of files that are not in use at the moment
# Spellings of the factors, longest first, and their short names.
_PARTS = {
    r"\.lora_magnitude_vector(\.default)?(\.weight)?$": "dora",
    r"\.lora_linear_layer\.(down|up)\.weight$": "",
    r"\.lora_(down|up|mid)\.weight$": "",
    r"\.lora\.(down|up)\.weight$": "",
    r"_lora\.(down|up)\.weight$": "",
    r"\.lora_A(\.default)?\.weight$": "down",
    r"\.lora_B(\.default)?\.weight$": "up",
    r"\.(hada_[wt][12](?:_[ab])?|lokr_[wt][12](?:_[ab])?|diff)$": "",
    r"\.dora_scale$": "dora",
    r"\.alpha$": "alpha",
}
_NETWORKS = {
    "lora_unet_": "unet", "lora_te1_": "text_encoder", "lora_te2_": "text_encoder_2", "lora_te_": "text_encoder",
    "lora_te3_": "text_encoder_3", "text_encoder_3.": "text_encoder_3",
    "unet.": "unet", "text_encoder.": "text_encoder", "text_encoder_2.": "text_encoder_2",
    "transformer.": "unet", "diffusion_model.": "unet", "lora_transformer_": "unet",
}  # fmt: skip
# XLabs' trainer for Flux: attention processors of the original blocks, 1 for the picture and 2 for the text.
_XLABS = re.compile(r"(double|single)_blocks\.(\d+)\.processor\.(qkv|proj)_lora([12]?)\.(down|up)\.weight$")
_XLABS_SIDES = {"1": "img_attn.", "2": "txt_attn.", "": ""}


@dataclass
class LoraFile:
    """A file's patches by network ("unet", "text_encoder", ...) and flat layer name."""

    title: str
    patches: dict[str, dict[str, deltas.Patch]] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        factors = (patch.factors for patches in self.patches.values() for patch in patches.values())
        return sum(value.nbytes for group in factors for value in group.values())


def read(path: Path, title: str) -> LoraFile:
    """Read a LoRA. Raises ModelProblem when the file is damaged or holds numbers that are none."""
    header = read_header(path)
    try:
        weights = load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelProblem(f"The LoRA “{title}” cannot be read: its file is damaged.", detail=str(error)) from error
    made = LoraFile(title)
    for name, value in weights.items():
        network, layer, part = _parse(name)
        if part is None:
            _log.info("“%s” has an entry that is not understood: %s", title, name)
            continue
        if not torch.isfinite(value.float()).all():
            raise ModelProblem(f"The LoRA “{title}” is damaged: some of its weights are no numbers (NaN).")
        patch = made.patches.setdefault(network, {}).setdefault(flat(layer), deltas.Patch())
        if part == "alpha":
            patch.alpha = float(value)
        else:
            patch.factors[part] = value
    _take_alphas(made, header.metadata.get("lora_adapter_metadata", ""))
    return made


def _parse(name: str) -> tuple[str, str, str | None]:
    """(network, layer, factor) of an entry; the factor is None for an entry that is of no known kind."""
    name = name.removeprefix("base_model.model.").replace("lycoris_", "lora_unet_", 1)
    if found := _XLABS.search(name):
        kind, block, layer, side, factor = found.groups()
        return "unet", f"{kind}_blocks.{block}.{_XLABS_SIDES[side]}{layer}", factor
    for pattern, short in _PARTS.items():
        if found := re.search(pattern, name):
            layer, factor = name[: found.start()], short or found[1]
            break
    else:
        return "", name, None
    network = next((network for prefix, network in _NETWORKS.items() if layer.startswith(prefix)), "unet")
    for prefix in _NETWORKS:
        layer = layer.removeprefix(prefix)
    if found and found[0].startswith("_lora"):  # diffusers' first layout, in which attention processors had the weights
        layer = layer.replace(".processor", "")
        output = "to_out.0" if network == "unet" else "out_proj"
        layer = re.sub(r"to_out$", output, layer)
        if network != "unet":
            layer = re.sub(r"to_([qkv])$", r"\1_proj", layer)
    return network, layer, factor


def _take_alphas(made: LoraFile, notes: str) -> None:
    """diffusers writes rank and alpha as JSON beside the weights, one pair for each network."""
    try:
        facts = json.loads(notes) if notes else {}
    except (ValueError, RecursionError):
        return
    for network, patches in made.patches.items():
        alpha = facts.get(f"{network}.lora_alpha") if isinstance(facts, dict) else None
        if isinstance(alpha, int | float):
            for patch in patches.values():
                patch.alpha = float(alpha) if patch.alpha is None else patch.alpha


@dataclass(frozen=True)
class Worn:
    """One LoRA in use."""

    path: str
    title: str
    weight: float
    text_weight: float | None = None  # in text encoders, where that is another

    def weight_in(self, network: str) -> float:
        return self.weight if network == "unet" or self.text_weight is None else self.text_weight


class Wardrobe:
    """The networks of one model, by the names of diffusers' folders, and the LoRAs that they wear at present."""

    def __init__(self, networks: dict[str, Any]) -> None:
        self._networks = networks
        self._tables: dict[str, dict[str, tuple[str, ...]]] = {
            name: {spelling: (layer,) for spelling, layer in spellings(net, is_unet=name == "unet").items()}
            for name, net in networks.items()
        }
        self._aliases: dict[str, str] = {}
        self._worn: tuple[Worn, ...] = ()
        self._wanted: tuple[Worn, ...] = ()  # their files stay in memory
        self._originals: dict[tuple[str, str], torch.Tensor] = {}
        self._packs: list[packed.Packed] = []  # which add the LoRAs' changes themselves
        self._files: OrderedDict[str, LoraFile] = OrderedDict()

    def learn(self, network: str, names: dict[str, tuple[str, ...]]) -> None:
        """More spellings of a network's layers; one name may mean several, whose weights lie below each other."""
        self._tables[network] = names | self._tables[network]

    def include(self, name: str, network: Any, aliases: Sequence[str] = ()) -> None:
        """One network more; some files know it by its `aliases`."""
        self._networks[name] = network
        self._tables[name] = {spelling: (layer,) for spelling, layer in spellings(network, is_unet=False).items()}
        self._aliases |= dict.fromkeys(aliases, name)

    @property
    def worn(self) -> tuple[Worn, ...]:
        return self._worn

    @property
    def worn_by_text(self) -> tuple[Worn, ...]:
        """Those among the worn LoRAs that change a text encoder: embeddings made without them are stale."""
        return tuple(use for use in self._worn if set(self._files[use.path].patches) - {"unet"})

    @torch.no_grad()
    def wear(self, uses: tuple[Worn, ...], check: Callable[[], None] = lambda: None) -> None:
        """Wear exactly these LoRAs. `check` is called now and then and may raise to stop.

        On any error the networks are as they were made, and wear none. Raises ModelProblem when a LoRA is damaged or
        does not belong to this model.
        """
        uses = tuple(use for use in uses if use.weight or use.text_weight)
        if uses == self._worn:
            return
        self.take_off()
        self._wanted = uses
        with ExitStack() as undo:
            undo.callback(self.take_off)
            for use in uses:
                self._put_on(self._file(use), use, check)
            undo.pop_all()
        self._worn = uses

    @torch.no_grad()
    def take_off(self) -> None:
        """Give every changed weight its own bits back."""
        for (network, layer), original in self._originals.items():
            self._networks[network].get_submodule(layer).weight.copy_(original)
        self._originals.clear()
        for pack in self._packs:
            pack.changes.clear()
        self._packs.clear()
        self._worn = ()

    def _file(self, use: Worn) -> LoraFile:
        if use.path not in self._files:
            self._files[use.path] = read(Path(use.path), use.title)
        self._files.move_to_end(use.path)
        self._forget_files()
        return self._files[use.path]

    def _forget_files(self) -> None:
        """Those that were used longest ago, while all that nobody wants now are too many bytes."""
        wanted = {use.path for use in self._wanted}
        spare = {path: file.nbytes for path, file in self._files.items() if path not in wanted}
        excess = sum(spare.values()) - REMEMBERED_BYTES
        for path, nbytes in spare.items():
            if excess <= 0:
                break
            del self._files[path]
            excess -= nbytes

    def _put_on(self, file: LoraFile, use: Worn, check: Callable[[], None]) -> None:
        strangers = 0
        for told, patches in file.patches.items():
            network = self._aliases.get(told, told)
            table = self._tables.get(network, {})
            for name, patch in patches.items():
                check()
                if name in table:
                    self._change(file, network, table[name], patch, use.weight_in(network))
                else:
                    strangers += 1
        known = sum(map(len, file.patches.values())) - strangers
        if not known:
            has_one = any(self._aliases.get(told, told) in self._tables for told in file.patches)
            raise _misfit(file.title) if has_one else _without_reader(file.title)
        if strangers:
            _log.warning("“%s” has %d layers that this model has not; %d are used", file.title, strangers, known)

    def _change(
        self, file: LoraFile, network: str, layers: tuple[str, ...], patch: deltas.Patch, strength: float
    ) -> None:
        holders = [self._networks[network].get_submodule(layer) for layer in layers]
        weights = [holder.weight for holder in holders]
        before = [self._originals.get((network, layer), weight) for layer, weight in zip(layers, weights, strict=True)]
        try:
            change = deltas.change(patch, before[0] if len(before) == 1 else torch.cat(before), strength)
        except (ValueError, RuntimeError, KeyError, IndexError) as error:
            if is_out_of_memory(error):
                raise
            raise _misfit(file.title, f"{network}.{', '.join(layers)}: {error}") from error
        parts = change.split([len(weight) for weight in weights])
        for place, (layer, holder) in enumerate(zip(layers, holders, strict=True)):
            weight, part = weights[place], parts[place]
            if (pack := packed.of(holder)) is not None:  # has no weight to change before it is used
                pack.changes.append(partial(_change_when_used, patch, holders, strength, place))
                self._packs.append(pack)
                continue
            self._originals.setdefault((network, layer), weight.clone())
            weight.copy_(weight.float() + part)


def _without_reader(title: str) -> ModelProblem:
    return ModelProblem(f"The LoRA “{title}” changes a text encoder alone, one that this model does not have.")


def _change_when_used(
    patch: deltas.Patch, holders: list[Any], strength: float, place: int, given: torch.Tensor
) -> torch.Tensor:
    """What `patch` adds to the packed weight `given`, of the layer at `place` among those that share the patch."""
    packs = [packed.of(holder) for holder in holders]
    rows = [holder.weight if pack is None else pack.stand_in() for holder, pack in zip(holders, packs, strict=True)]
    if "dora" in patch.factors:  # the only kind that asks what the weights are
        rows = [row if pack is None else pack.unpacked() for row, pack in zip(rows, packs, strict=True)]
    made = deltas.change(patch, given if len(rows) == 1 else torch.cat(rows), strength)
    return made.split([len(row) for row in rows])[place]


def _misfit(title: str, detail: str = "") -> ModelProblem:
    return ModelProblem(
        f"The LoRA “{title}” was made for another kind of model: its layers do not fit to this one's.", detail=detail
    )
