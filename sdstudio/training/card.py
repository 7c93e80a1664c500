"""The model card: what an edition is, what it was made from, what it cost and what it scored.

Owns its text (``card_template.md``). Figures come from the evaluation's JSON and the runs' own counters; nothing is
typed in by hand. Must not know how anything was measured.
"""

from importlib import resources
from typing import Any

from sdstudio.training import packages
from sdstudio.training.captions import UNSAID_STYLE
from sdstudio.training.pictures import COLOURS
from sdstudio.training.recipe import Recipe

SOURCES = {
    "fluent": ("Fluent Emoji (flat)", "Microsoft Corporation", "github.com/microsoft/fluentui-emoji"),
    "noto": ("Noto Emoji", "Google Inc.", "github.com/googlefonts/noto-emoji"),
    "twemoji": ("Twemoji", "Twitter, Inc. and other contributors", "github.com/jdecked/twemoji"),
    "emojione": ("EmojiOne 2", "Ranks.com Inc.", "github.com/joypixels/emojione"),
}
ROWS = [
    ("Recognised from a plain caption, top-1", "recognised_top1", "%"),
    ("Recognised from a plain caption, top-5", "recognised_top5", "%"),
    ("The same with permuted captions, top-5 (control)", "permuted_top5", "%"),
    ("Chance, top-5", "chance_top5", "%"),
    ("The judge itself on real EmojiOne drawings it never saw, top-1", "judge_emojione_top1", "%"),
    ("The judge itself on real EmojiOne drawings it never saw, top-5", "judge_emojione_top5", "%"),
    ("Plain caption drawn on white", "plain_caption_on_white", "%"),
    ("Background colour as asked", "background_right", "%"),
    ("Style as asked", "style_right", "%"),
    ("The style judge itself on real drawings it never saw", "style_judge_real", "%"),
    ("Autoencoder PSNR, held-out things", "autoencoder_psnr_held_out", " dB"),
    ("Autoencoder PSNR, EmojiOne (style never seen)", "autoencoder_psnr_emojione", " dB"),
    ("Mean colour drift per encode-decode round", "drift_per_round_levels", "/255"),
    ("Mean colour drift after ten rounds", "drift_of_ten_rounds_levels", "/255"),
    ("From an 8x8 sketch at strength 0.6, top-5", "sketch_recognised_top5", "%"),
    ("The same things from text alone, top-5", "text_recognised_top5_same", "%"),
    ("SSIM to the sketch, from the sketch", "sketch_ssim", ""),
    ("SSIM to the sketch, from text alone", "text_ssim", ""),
    ("Seam of a refilled half, relative to real pictures", "seam_jump_ratio", "x"),
    ("Unmasked pixels identical (1 = all)", "unmasked_identical", ""),
    ("A refilled half alone, recognised, top-5", "filled_half_top5", "%"),
    ("The real half alone, recognised, top-5", "real_half_top5", "%"),
    ("Distance to the nearest training picture, median (RMS, 32x32)", "nearest_training_median", ""),
    ("The same for real EmojiOne drawings", "nearest_training_median_of_emojione", ""),
    ("Generated pictures nearer than 0.06 to a training picture", "nearest_below_0_06", "%"),
    ("Seconds for a picture on the machine that evaluated", "seconds_per_picture", " s"),
]


def text(name: str, recipe: Recipe, made: dict[str, Any], figures: dict[str, float], words: list[str]) -> str:
    """The card as Markdown. ``made`` are the runs' counters, as ``sdstudio.json`` keeps them under "training"."""
    template = (resources.files("sdstudio.training") / "card_template.md").read_text(encoding="utf-8")
    auto, unet, written, defaults = recipe.autoencoder, recipe.diffusion, recipe.text, recipe.defaults
    return template.format(
        name=name, note=defaults.note, title=defaults.title, things=len(words),
        styles=", ".join(packages.STYLES.values()),
        backgrounds=", ".join(COLOURS), size=recipe.size, unsaid=UNSAID_STYLE, steps=defaults.steps,
        sampler=defaults.sampler, cfg_scale=defaults.cfg_scale, words=", ".join(words), table=_table(figures),
        width=auto.width, factor=recipe.scale_factor, channels=auto.latent_channels,
        ae_batch=auto.batch, crop=auto.crop,
        text_layers=written.layers, text_width=written.width, positions=written.positions,
        widths=tuple(unet.widths), batch=unet.batch, text_steps=written.steps, history=recipe.history,
        seeds="one seed (the command draws four)" if figures.get("seeds_a_thing") == 1 else "four seeds",
        shown=made["steps_done"] * unet.batch / (len(words) * len(packages.STYLES)),
        sources="\n".join(_source(key) for key, icons in packages.SETS.items() if not icons.held_out),
        held_out="\n".join(_source(key) for key, icons in packages.SETS.items() if icons.held_out), **made,
    )  # fmt: skip


def _source(name: str) -> str:
    title, holder, where = SOURCES[name]
    icons = packages.SETS[name]
    return f"- {title}, © {holder}, {icons.licence}, {where}; as packaged in `{icons.package}` {icons.version}"


def _table(figures: dict[str, float]) -> str:
    lines = ["| figure | value |", "|---|---|"]
    for label, name, unit in ROWS:
        if name in figures:
            value = figures[name]
            shown = f"{100 * value:.1f} %" if unit == "%" else f"{value:.3g}{unit}"
            lines.append(f"| {label} | {shown} |")
    return "\n".join(lines)
