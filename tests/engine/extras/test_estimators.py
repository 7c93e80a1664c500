"""Control pictures by models: depth, poses and segments from folders in transformers' layout, offline."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    DepthAnythingConfig,
    DepthAnythingForDepthEstimation,
    Dinov2Config,
    GLPNConfig,
    GLPNForDepthEstimation,
    SegformerConfig,
    SegformerForSemanticSegmentation,
    VitPoseBackboneConfig,
    VitPoseConfig,
    VitPoseForPoseEstimation,
    YolosConfig,
    YolosForObjectDetection,
)

from sdstudio.engine.control_pictures import estimated
from sdstudio.engine.extras import control_drawing, estimators
from sdstudio.engine.validation import Pixels
from sdstudio.errors import ModelProblem
from sdstudio.models.info import ModelInfo
from sdstudio.models.library import look
from sdstudio.protocol.messages import Generate
from sdstudio.protocol.request import ControlUse
from tests.engine.conftest import CPU, Listener, make_request


def segformer() -> dict[str, Any]:
    return {
        "num_encoder_blocks": 2, "depths": [1, 1], "sr_ratios": [2, 1], "hidden_sizes": [8, 16], "patch_sizes": [7, 3],
        "strides": [4, 2], "num_attention_heads": [1, 2], "mlp_ratios": [2, 2], "decoder_hidden_size": 16,
    }  # fmt: skip


def write(folder: Path, kind: str) -> Path:
    """A tiny random model of transformers with the settings of its pictures beside it."""
    torch.manual_seed(0)
    processor: dict[str, Any] = {"do_resize": True, "do_rescale": True, "do_normalize": True,
                                 "image_mean": [0.5] * 3, "image_std": [0.5] * 3}  # fmt: skip
    network: Any
    if kind == "depth":
        backbone = Dinov2Config(hidden_size=16, num_hidden_layers=4, num_attention_heads=2, intermediate_size=16,
                                image_size=28, patch_size=14, out_features=[f"stage{n}" for n in range(1, 5)],
                                reshape_hidden_states=False, apply_layernorm=True)  # fmt: skip
        network = DepthAnythingForDepthEstimation(
            DepthAnythingConfig(backbone_config=backbone, neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8,
                                head_hidden_size=4, reassemble_hidden_size=16, patch_size=14)
        )  # fmt: skip
        for layer in (network.head.conv2, network.head.conv3):  # else its last layer is mostly cut off at 0
            torch.nn.init.normal_(layer.weight, std=0.5)
            torch.nn.init.constant_(layer.bias, 5.0)
        processor |= {"image_processor_type": "DPTImageProcessor", "size": {"height": 28, "width": 28},
                      "ensure_multiple_of": 14, "keep_aspect_ratio": True}  # fmt: skip
    elif kind == "metric":
        network = GLPNForDepthEstimation(GLPNConfig(**segformer(), max_depth=10))
        processor = {"image_processor_type": "GLPNImageProcessor", "size_divisor": 32, "do_rescale": True}
    elif kind == "people":
        words = {0: "cat", 1: "person"}
        network = YolosForObjectDetection(
            YolosConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
                        image_size=[32, 32], patch_size=16, num_detection_tokens=4, id2label=words,
                        label2id={word: number for number, word in words.items()})
        )  # fmt: skip
        processor |= {"image_processor_type": "YolosImageProcessor", "size": {"shortest_edge": 32, "longest_edge": 64},
                      "do_pad": True}  # fmt: skip
    elif kind == "segments":
        network = SegformerForSemanticSegmentation(SegformerConfig(**segformer(), num_labels=7))
        processor |= {"image_processor_type": "SegformerImageProcessor", "size": {"height": 32, "width": 32}}
    else:
        backbone = VitPoseBackboneConfig(image_size=[64, 48], patch_size=[16, 16], hidden_size=16, num_hidden_layers=2,
                                         num_attention_heads=2, out_indices=[2], out_features=["stage2"])  # fmt: skip
        network = VitPoseForPoseEstimation(VitPoseConfig(backbone_config=backbone, num_labels=17, scale_factor=4))
        processor = {"image_processor_type": "VitPoseImageProcessor", "size": {"height": 64, "width": 48},
                     "do_affine_transform": True, "do_normalize": True, "do_rescale": True}  # fmt: skip
    network.eval().save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(processor), encoding="utf-8")
    return folder


def estimate(folder: Path, picture: np.ndarray) -> np.ndarray:
    (info,) = look([folder.parent]).extras
    return estimators.read(info, CPU)(picture)


@pytest.mark.parametrize("kind", ["depth", "metric"])
def test_depth_is_a_grey_picture_with_all_of_its_range(tmp_path: Path, photo: np.ndarray, kind: str) -> None:
    picture = np.ascontiguousarray(photo[:50])
    made = estimate(write(tmp_path / "model", kind), picture)
    assert made.shape == picture.shape
    assert made.dtype == np.uint8
    assert np.array_equal(made[:, :, 0], made[:, :, 2])
    assert made.min() < 30
    assert made.max() > 225


def test_what_tells_how_far_is_turned_around(
    tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "model", "metric")
    far = estimate(folder, photo).astype(int)
    monkeypatch.setattr(estimators, "_METRIC", ())
    near = estimate(folder, photo).astype(int)
    assert np.abs(far + near - 255).max() <= 2


def test_segments_are_flat_colours_of_ade20k(tmp_path: Path, photo: np.ndarray) -> None:
    made = estimate(write(tmp_path / "model", "segments"), photo)
    known = {tuple(colour) for colour in control_drawing.PALETTE[:7].tolist()}
    assert {tuple(colour) for colour in made.reshape(-1, 3).tolist()} <= known


def test_a_pose_is_drawn_in_the_picture(tmp_path: Path, photo: np.ndarray) -> None:
    assert estimate(write(tmp_path / "model", "pose"), photo).shape == photo.shape


def test_each_person_that_a_detector_finds_has_a_pose(
    tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people and a cat: two poses, each looked for where its person is; nobody found: one, in the whole picture."""
    write(tmp_path / "pose", "pose")
    write(tmp_path / "finder", "people")
    infos = {info.kind: info for info in look([tmp_path]).extras}
    drawn: list[list[np.ndarray]] = []

    def people(found: Any, height: int, width: int) -> np.ndarray:
        drawn.append([places for places, _scores in found])
        return np.zeros((height, width, 3), np.uint8)

    monkeypatch.setattr(control_drawing, "people", people)
    boxes = torch.tensor([[0.75, 0.5, 0.5, 1.0], [0.25, 0.5, 0.5, 1.0], [0.5, 0.5, 1.0, 1.0], [0.5, 0.5, 0.2, 0.2]])

    def detect(self: Any, **_given: Any) -> Any:
        logits = torch.full((1, 4, 3), -9.0)
        for row, label in enumerate((1, 1, 0, 2)):  # person, person, cat, nothing
            logits[0, row, label] = 9.0
        return SimpleNamespace(logits=logits, pred_boxes=boxes[None])

    monkeypatch.setattr(YolosForObjectDetection, "forward", detect)
    estimators.read(infos["pose"], CPU, infos["people"])(photo)
    (left, right) = drawn[0]
    assert left[:, 0].mean() + 15 < right[:, 0].mean()  # 32 pixels apart, but for what is found in them
    monkeypatch.setattr(estimators, "_SURE_OF_PERSON", 1.1)
    estimators.read(infos["pose"], CPU, infos["people"])(photo)
    assert len(drawn[1]) == 1


def test_a_detector_that_knows_no_people_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "pose", "pose")
    config = write(tmp_path / "finder", "people") / "config.json"
    config.write_text(config.read_text().replace('"person"', '"horse"'))
    infos = {info.kind: info for info in look([tmp_path]).extras}
    with pytest.raises(ModelProblem, match="“finder” does not know people"):
        estimators.read(infos["pose"], CPU, infos["people"])


def test_people_are_drawn_as_openpose_draws_them() -> None:
    places = np.full((17, 2), 5.0)
    places[5], places[6], places[8] = (40, 20), (20, 20), (20, 50)  # left and right shoulder, right elbow
    scores = np.zeros(17)
    scores[[5, 6, 8]] = 1.0
    picture = control_drawing.people([(places, scores)], 64, 64)
    assert tuple(picture[20, 30]) == (255, 85, 0)  # the neck, between the shoulders
    assert tuple(picture[50, 20]) == (255, 255, 0)  # the elbow
    assert tuple(picture[35, 20]) == (102, 102, 0) or picture[35, 20, 2] == 0
    assert picture[35, 20].any()  # the arm
    assert not picture[5, 5].any()  # nothing that is not sure


def test_a_job_makes_its_control_pictures_first(tmp_path: Path, photo: np.ndarray) -> None:
    folder = write(tmp_path / "near", "depth")
    use = ControlUse(model="depth-control", preprocessor="depth", estimator="near", mask="selection")
    message = Generate(job_id="a", request=make_request(controls=(use,)), extras=tuple(look([tmp_path]).extras),
                       model=ModelInfo(id="m", title="M", path="m", family="sd1"))  # fmt: skip
    masked = np.dstack([photo, np.full(photo.shape[:2], 7, np.uint8)])
    (made,) = estimated(message, Pixels(None, None, (masked,)), CPU, Listener()).controls  # type: ignore[arg-type]
    assert np.array_equal(made[:, :, :3], estimate(folder, photo))
    assert (made[:, :, 3] == 7).all()


@pytest.mark.parametrize("damage", ["weights", "config", "another"])
def test_a_damaged_model_is_refused(tmp_path: Path, photo: np.ndarray, damage: str) -> None:
    folder = write(tmp_path / "model", "segments")
    (info,) = look([tmp_path]).extras
    if damage == "weights":
        file = folder / "model.safetensors"
        file.write_bytes(file.read_bytes()[:-50])
    else:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        config |= {"hidden_sizes": "wide"} if damage == "config" else {"architectures": ["BertModel"]}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelProblem, match=r"segmentation model “model” cannot be used|“model\.safetensors”"):
        estimators.read(info, CPU)(photo)
