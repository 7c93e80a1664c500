"""Control pictures that a model makes: depth maps, poses and segments, by transformers' networks from local folders.

Only networks of a fixed table are opened, from .safetensors files. Pixels are RGB uint8 (h, w, 3), in and out. Must not
know requests.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import transformers

from sdstudio.engine.extras import control_drawing
from sdstudio.engine.extras.damage import check_numbers, refused_as
from sdstudio.errors import ModelProblem
from sdstudio.models.extra_files import ESTIMATOR_FOLDERS
from sdstudio.models.extras import KIND_WORDS, ExtraInfo
from sdstudio.models.header import read_header

Estimator = Callable[[np.ndarray], np.ndarray]
Box = tuple[float, float, float, float]
FindPeople = Callable[[np.ndarray], list[Box]]
_METRIC = ("GLPN", "ZoeDepth", "DepthPro", "PromptDepthAnything")  # they tell how far, the others how near
_WHOLE_QUERY = ("Mask2Former", "MaskFormer", "OneFormer")
_SURE_OF_PERSON = 0.5  # from this score on a person is drawn
_TAIL = 0.02  # of a depth map's values at either end that do not decide its range


def read(info: ExtraInfo, device: torch.device, finder: ExtraInfo | None = None) -> Estimator:
    """The model in the folder `info.path`, ready to be shown pictures; `finder` finds the people for a pose.

    Raises ModelProblem when one of them cannot be used.
    """
    network, processor, name = _open(info, device)
    find = None if finder is None else _people_finder(finder, device)
    look: Any = {"depth": _depth, "pose": partial(_pose, find=find), "segments": _segments}[info.kind]

    @torch.inference_mode()
    def estimate(picture: np.ndarray) -> np.ndarray:
        return look(network, processor, picture, name)

    return estimate


def _open(info: ExtraInfo, device: torch.device) -> tuple[Any, Any, str]:
    """The network, what makes its input of pictures, and the name of its kind. Raises ModelProblem."""
    folder = Path(info.path)
    title = f"{KIND_WORDS[info.kind]} “{info.title}”"
    with refused_as(f"The {title} cannot be used: its files are damaged or incomplete."):
        for file in sorted(folder.glob("*.safetensors")):
            read_header(file)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        name = config["architectures"][0]
        if ESTIMATOR_FOLDERS.get(name) != info.kind:
            raise ValueError(f"of the kind {name}")
        kind = getattr(transformers, name)
        network = kind.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=torch.float32)
        processor = transformers.AutoImageProcessor.from_pretrained(folder, local_files_only=True)
    check_numbers(network, title)
    return network.to(device).eval().requires_grad_(False), processor, name


def _people_finder(info: ExtraInfo, device: torch.device) -> FindPeople:
    """Finds where people are: boxes as left, top, width and height in pixels, from left to right."""
    network, processor, _ = _open(info, device)
    person = next((number for number, word in network.config.id2label.items() if word.casefold() == "person"), None)
    if person is None:
        raise ModelProblem(f"The object detector “{info.title}” does not know people; poses need one that does.")

    def find(picture: np.ndarray) -> list[Box]:
        given = processor(images=picture, return_tensors="pt").to(network.device)
        (found,) = processor.post_process_object_detection(
            network(**given), threshold=_SURE_OF_PERSON, target_sizes=[picture.shape[:2]]
        )
        boxes = sorted(found["boxes"][found["labels"] == int(person)].float().cpu().tolist())
        return [(left, top, right - left, bottom - top) for left, top, right, bottom in boxes]

    return find


def _depth(network: Any, processor: Any, picture: np.ndarray, name: str) -> np.ndarray:
    """White is near, black is far, as control models were taught."""
    given = processor(images=picture, return_tensors="pt").to(network.device)
    depth = network(**given).predicted_depth.float().cpu().numpy().squeeze()
    if name.startswith(_METRIC):
        depth = -depth
    low, high = np.quantile(depth, (_TAIL, 1 - _TAIL))
    near = np.clip((depth - low) / max(float(high - low), 1e-6), 0, 1).astype(np.float32)
    height, width, _ = picture.shape
    grey = (255 * np.clip(cv2.resize(near, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)).round()
    return np.ascontiguousarray(np.repeat(grey.astype(np.uint8)[:, :, None], 3, axis=2))


def _segments(network: Any, processor: Any, picture: np.ndarray, name: str) -> np.ndarray:
    """One flat colour for each kind of thing, those of ADE20K."""
    height, width, _ = picture.shape
    options = {"task_inputs": ["semantic"]} if name.startswith("OneFormer") else {}
    given = processor(images=picture, return_tensors="pt", **options).to(network.device)
    answer = network(**given)
    if name.startswith(_WHOLE_QUERY):
        (kinds,) = processor.post_process_semantic_segmentation(answer, target_sizes=[(height, width)])
    else:
        sure = torch.nn.functional.interpolate(answer.logits.float(), (height, width), mode="bilinear")
        kinds = sure.argmax(dim=1)[0]
    return control_drawing.segments(kinds.cpu().numpy())


def _pose(network: Any, processor: Any, picture: np.ndarray, name: str, find: FindPeople | None = None) -> np.ndarray:
    """People as OpenPose draws them: those that `find` finds, else one that fills the picture."""
    height, width, _ = picture.shape
    boxes = [(find(picture) if find is not None else []) or [(0.0, 0.0, float(width), float(height))]]
    given = processor(images=picture, boxes=boxes, return_tensors="pt").to(network.device)
    options = {}
    if getattr(network.config.backbone_config, "num_experts", 1) > 1:  # one for each data set; the first is of people
        options["dataset_index"] = torch.zeros(len(boxes[0]), dtype=torch.long, device=network.device)
    answer = network(**given, **options)
    people = processor.post_process_pose_estimation(answer, boxes=boxes)[0]
    joints = [(person["keypoints"].float().cpu().numpy(), person["scores"].float().cpu().numpy()) for person in people]
    return control_drawing.people(joints, height, width)
