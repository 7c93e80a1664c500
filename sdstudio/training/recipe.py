"""Every size and rate of a training run, as data: the typed form of ``recipes/<name>.toml``.

Owns the meaning of each number. Must not know how any of them is used, and imports nothing heavy.
"""

import tomllib
from importlib import resources

import msgspec

from sdstudio.training.faults import TrainingError


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a run ends: after ``steps``, after ``minutes`` of training, whichever is first; 0 means no such limit."""

    steps: int = 0
    minutes: float = 0.0


class AutoencoderRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The autoencoder: ``width`` channels everywhere, one halving between neighbours of ``encoder_blocks``."""

    width: int
    encoder_blocks: list[int]
    decoder_blocks: list[int]
    latent_channels: int
    crop: int
    batch: int
    learning_rate: float
    budget: Budget
    polish: Budget = Budget(minutes=5)
    polish_rate: float = 5e-4
    latent_noise: float = 0.05
    latent_penalty: float = 1e-3
    ema: float = 0.999


class TextRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tokenizer and the text encoder, taught in ``steps`` of 64 captions before the UNet is.

    ``positions`` is the longest caption in tokens, ends included; the last 16 stand for regions of the picture.
    ``inner`` times the width is how wide its feed-forward layers are, which is where it remembers things.
    """

    vocabulary: int
    positions: int
    width: int
    layers: int
    heads: int
    inner: int = 4
    steps: int = 2200
    learning_rate: float = 1e-3


class DiffusionRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The UNet (``widths`` from fine to coarse, cross-attention on all but the first) and how it is trained.

    ``style_shares`` says how often each set of drawings is shown; every drawing is shown in ``views`` views, of which
    the last ``small_views`` are small (the first of these on white). ``sketches`` more are blurred to 8x8 colours:
    those of the first view, of the first on a colour, and of the small ones.
    """

    widths: list[int]
    layers_per_block: int
    head_width: int
    batch: int
    learning_rate: float
    budget: Budget
    views: int
    style_shares: dict[str, float]
    small_views: int = 0
    sketches: int = 0
    norm_groups: int = 32
    min_snr: float = 5.0
    caption_dropout: float = 0.1
    ema: float = 0.999
    sheet_minutes: float = 15.0

    @property
    def white_views(self) -> int:
        """How many of a drawing's views, the first, lie on white."""
        return max(1, self.views // 3)

    @property
    def sketched_views(self) -> list[int]:
        """The views of a drawing that have a sketch, in the order of the sketches."""
        small = range(self.views - self.small_views, self.views)
        return [0, min(self.white_views, self.views - 1), *small][: self.sketches]

    @property
    def per_drawing(self) -> int:
        """How many latents a drawing has, sketches counted."""
        return self.views + self.sketches


class Defaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the program should use when it draws with this model; written into ``sdstudio.json``."""

    title: str
    sampler: str
    schedule: str
    steps: int
    cfg_scale: float
    note: str


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole edition. ``size`` is the picture's side in pixels; ``things`` names a list in ``things/`` or "all".

    ``history`` is for the card: what the run that made the shipped weights did otherwise than this recipe says.
    """

    size: int
    things: str
    seed: int
    autoencoder: AutoencoderRecipe
    text: TextRecipe
    diffusion: DiffusionRecipe
    defaults: Defaults
    history: str = ""

    @property
    def scale_factor(self) -> int:
        """Pixels per latent position along a side."""
        return int(2 ** (len(self.autoencoder.encoder_blocks) - 1))

    @property
    def latent_size(self) -> int:
        """Latent positions along a side of a picture of the native size."""
        return self.size // self.scale_factor


def load(name: str) -> Recipe:
    """Read a recipe by name. Raises TrainingError for an unknown name or a value of the wrong type."""
    source = resources.files("sdstudio.training") / "recipes" / f"{name}.toml"
    try:
        return msgspec.convert(tomllib.loads(source.read_text(encoding="utf-8")), Recipe)
    except FileNotFoundError as error:
        raise TrainingError(f"there is no recipe named {name}") from error
    except msgspec.ValidationError as error:
        raise TrainingError(f"the recipe {name} is not valid", detail=str(error)) from error
