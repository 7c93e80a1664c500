"""``python -m sdstudio.training``: the trainer's commands.

Owns the command line only; each stage lives in its module.
"""

import argparse
import logging
import sys
from pathlib import Path

import platformdirs

from sdstudio.engine import environment
from sdstudio.training.faults import TrainingError

DEFAULT = "shipped"
COMMANDS = {
    "data": "fetch and render the drawings",
    "autoencoder": "train the autoencoder",
    "diffusion": "train the text encoder and the UNet",
    "decoder": "train the decoder on, with the latents as they are",
    "export": "write the model as a diffusers folder",
    "evaluate": "measure an exported model (or the one in the box) and print every figure",
    "all": "everything, from nothing to an evaluated model",
}
EXTRAS = {
    "lora": "train a LoRA on a finished model: a style (default recipe: line-art)",
    "inversion": "train a textual inversion: a word (default recipe: lavender)",
    "controlnet": "train a control model (default recipe: scribble)",
}


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    text = "\n".join(f"  {name:12} {meaning}" for name, meaning in (COMMANDS | EXTRAS).items())
    made = argparse.ArgumentParser("sdstudio.training", description=f"Train the starter model.\n\n{text}",
                                   formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    made.add_argument("command", choices=[*COMMANDS, *EXTRAS])
    made.add_argument("--recipe", help="name of a file in recipes/ (default: shipped), or in recipes/extras/")
    made.add_argument("--work", type=Path, default=Path(platformdirs.user_cache_path("sdstudio")) / "training",
                      help="folder for drawings and checkpoints")  # fmt: skip
    made.add_argument("--packages", type=Path, help="a node_modules folder that already holds the icon packages")
    made.add_argument("--model", type=Path, help="folder to export to, or to evaluate (default: in the work folder)")
    made.add_argument("--pictures", type=Path, help="a folder of your own pictures (and captions) to train an extra on")
    made.add_argument("--quick", action="store_true", help="evaluate on a sample of the things only")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the process's exit status."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    environment.keep_memory()
    environment.share_processors()
    try:
        if options.command in EXTRAS:
            _train_extra(options)
            return 0
        from sdstudio.training import stages  # after the process is set up: this imports torch

        stages.run(options.command, stages.Options(options.recipe or DEFAULT, options.work, options.packages,
                                                   options.model, options.quick))  # fmt: skip
    except TrainingError as error:
        logging.error("%s %s", error.message, error.detail)
        return 1
    return 0


def _train_extra(options: argparse.Namespace) -> None:
    from sdstudio.training.extras import recipe, stages

    name = options.recipe or recipe.DEFAULTS[options.command]
    stages.train(options.command, name, options.work, options.model or options.work / "model", options.pictures)


if __name__ == "__main__":
    sys.exit(main())
