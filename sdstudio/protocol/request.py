"""Everything that decides a picture, as one frozen value. Same request and source pixels, same picture.

It is made by `generation.prepare`, sent to the engine as JSON, and kept in the layer that holds the result, so that
any generated layer can be made again.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from sdstudio.protocol.speeds import Speed
from sdstudio.raster.geometry import Bounds, Extent

Mode = Literal["text_to_image", "image_to_image", "inpaint"]
MAX_STEPS = 1000
MAX_SEED = 2**64 - 1
MAX_EXTRA_WEIGHT = 10.0
MAX_HIRES = 4.0


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Where the picture belongs on the canvas, in document pixels. The engine does not look at it."""

    canvas: Extent  # the document's size when the job was prepared
    context: Bounds  # what the model sees; may reach over the canvas edge, where edge pixels are repeated
    target: Bounds  # what may change: bounds of the selection, or the whole canvas
    feather: int = 0  # pixels over which the edge of the denoise mask is softened


class LoraUse(msgspec.Struct, frozen=True, kw_only=True):
    """One LoRA on the model, by name."""

    name: str  # ExtraInfo.id
    weight: float = 1.0  # -MAX_EXTRA_WEIGHT..MAX_EXTRA_WEIGHT; negative takes away what it learned
    text_weight: float | None = None  # of what it changes in text encoders, where that is another; a LoRA's alone


ControlKind = Literal["", "pose", "depth", "soft", "lines", "normals", "segments", "tile", "repaint"]
ControlPart = Literal["all", "style", "composition", "style_and_composition"]
REFERENCE = "reference-only"  # a ControlUse.model that needs no file
DEPTH_INPUT = "depth-input"  # another: the depth map that a depth model reads itself
PICTURE_INPUT = "picture-input"  # a third: the picture that a Flux model reads itself, to edit or to follow it
READ_BY_MODELS = frozenset({DEPTH_INPUT, PICTURE_INPUT})
WITHOUT_FILE = READ_BY_MODELS | {REFERENCE}


class ControlUse(msgspec.Struct, frozen=True, kw_only=True):
    """What guides the picture by a picture of its own: a control model (ControlNet, arXiv:2302.05543), an adapter
    (T2I-Adapter, arXiv:2302.08453; IP-Adapter, arXiv:2308.06721), or the denoiser's own attention (REFERENCE)."""

    model: str  # ExtraInfo.id, or one of WITHOUT_FILE
    weight: float = 1.0  # 0..MAX_EXTRA_WEIGHT
    start: float = 0.0  # from this part of the steps on, 0..1
    end: float = 1.0  # until this part of the steps
    preprocessor: str = "none"  # how the control picture was made from its source
    source: str = "canvas"  # "canvas", "file", or "layer:" with a layer's id; the engine does not look at it
    kind: ControlKind = ""  # what the picture shows, for a union of control models; "": as the preprocessor tells
    mask: str = ""  # where it counts: "selection", or "layer:" with a layer's id; "": everywhere
    part: ControlPart = "all"  # of an IP-Adapter's picture: what the picture takes after
    fidelity: float = 0.5  # 0..1, of REFERENCE: how much its style counts against the prompt's
    estimator: str = ""  # ExtraInfo.id of the model that the preprocessor needs, if it needs one


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """Begin from what another picture was predicted to become at one of its steps.

    The engine keeps the steps of its last jobs; where they are gone it makes `parent` again up to that step.
    """

    parent: GenerationRequest
    step: int  # 1..: after that many steps
    fresh_noise: bool = False  # of this request's own seed, instead of the noise that was left at that step


class GenerationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One picture to make. Pixels travel beside it (see `messages.Generate`), at exactly `extent`."""

    mode: Mode
    prompt: str
    negative_prompt: str = ""
    model: str  # ModelInfo.id; never a path, since requests are saved in files that people share
    extent: Extent  # size at which the model works, multiples of its size_multiple
    steps: int = 20  # 1..MAX_STEPS, at strength 1
    cfg_scale: float = 7.0  # 1 = no guidance
    cfg_rescale: float = 0.0  # 0..1, Lin et al. 2024 (arXiv:2305.08891)
    sampler: str = "dpmpp_2m"
    schedule: str = "normal"
    seed: int = 0  # 0..MAX_SEED
    strength: float = 1.0  # denoising strength (SDEdit, arXiv:2108.01073), 0 < strength <= 1
    exact_strength: bool = False  # begin where the strength points, not at the whole step below it
    cfg_start: float = 0.0  # guidance only from this part of the steps on (arXiv:2404.07724), 0..1
    cfg_end: float = 1.0  # until this part of the steps
    eta: float | None = None  # new noise at each step, 0..1; None: as the sampler likes it
    s_noise: float = 1.0  # scale of that noise
    clip_skip: int = 1  # the layer of the text encoder that is read, counted from the last
    betas: str = "model"  # the training noise that is assumed: protocol.samplers.BETAS
    prediction: str = ""  # what the model is taken to predict: protocol.samplers.PREDICTIONS
    zero_snr: bool = False  # enforce zero terminal SNR (arXiv:2305.08891, section 3.1)
    prompt_source: str = ""  # the prompt before styles and wildcards, where they changed it
    negative_source: str = ""
    styles: tuple[str, ...] = ()
    branch: Branch | None = None
    loras: tuple[LoraUse, ...] = ()
    hypernetworks: tuple[LoraUse, ...] = ()
    controls: tuple[ControlUse, ...] = ()
    vae: str = ""  # ExtraInfo.id of another autoencoder than the model's own
    text_encoders: tuple[str, ...] = ()  # ExtraInfo.id of files for text encoders, instead of the model's own
    seamless: Literal["", "x", "y", "both"] = ""  # directions in which the picture tiles
    speed: Speed = "exact"  # how much may be left out to be done sooner
    freeu: bool = False  # stronger shapes, calmer details (FreeU, arXiv:2309.11497)
    hires: float = 1.0  # 1..MAX_HIRES; above 1: made so many times smaller first, then enlarged and refined
    hires_strength: float = 0.5  # of the second pass, 0..1
    hires_by: str = "pixels"  # what is enlarged between the passes: "pixels", "latents", or an upscaler's id
    refiner: str = ""  # ModelInfo.id of a model that takes over for the lowest noise levels (arXiv:2307.01952)
    refiner_switch: float = 0.8  # where: after this part of the noise levels, 0..1
    placement: Placement | None = None  # None for a bare headless text to image
