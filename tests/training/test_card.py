"""The card states every figure it is given, every source with its licence, and what the run cost."""

from sdstudio.training import card, packages, recipe

MADE = {
    "ae_steps": 10, "ae_minutes": 1.0, "decoder_steps": 5, "decoder_minutes": 0.5, "steps_done": 4000, "minutes": 70.0,
    "text_weights": 2.0, "unet_weights": 21.0, "device": "a test",
}  # fmt: skip


def test_figures_sources_and_cost_are_stated() -> None:
    written = card.text("first", recipe.load("first"), MADE, {"recognised_top5": 0.512}, ["apple", "cat"])
    assert "| Recognised from a plain caption, top-5 | 51.2 % |" in written
    assert "4,000 steps" in written
    for icons in packages.SETS.values():
        assert icons.package in written
        assert icons.licence in written
