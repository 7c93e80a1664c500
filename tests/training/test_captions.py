"""Captions: always name the thing, the same for the same seed, and tell a background that is not white."""

import numpy as np

from sdstudio.training import captions

SCENE = captions.Scene(("apple", "fruit"), "glossy", "red", "blue")


def many(scene: captions.Scene, count: int = 400, dropout: float = 0.0) -> list[str]:
    rng = np.random.default_rng(5)
    return [captions.caption(scene, rng, dropout) for _ in range(count)]


def test_same_seed_same_captions() -> None:
    assert many(SCENE) == many(SCENE)


def test_a_caption_names_the_thing() -> None:
    assert all("apple" in said or "fruit" in said for said in many(SCENE))


def test_backgrounds_other_than_white_are_nearly_always_said() -> None:
    assert np.mean(["blue background" in said for said in many(SCENE)]) > 0.9


def test_dropout_leaves_captions_empty_at_its_rate() -> None:
    assert 0.05 < np.mean([said == "" for said in many(SCENE, dropout=0.1)]) < 0.15


def test_the_unsaid_style_is_left_out_more_often_than_the_others() -> None:
    usual = captions.Scene(("apple",), captions.UNSAID_STYLE, "", "white")
    assert np.mean([captions.UNSAID_STYLE in said for said in many(usual)]) < 0.5
    assert np.mean(["glossy" in said for said in many(SCENE)]) > 0.9


def test_articles() -> None:
    assert captions.plain("apple") == "an apple"
    assert captions.plain("cat") == "a cat"
