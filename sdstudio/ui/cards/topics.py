"""What the cards say. Texts only; the drawings are in `drawings`."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate


@dataclass(frozen=True)
class Topic:
    """`captions` stand below the parts of the drawing, from left to right."""

    id: str
    title: str
    text: str
    captions: tuple[str, ...]


def topics() -> dict[str, Topic]:
    """By id, in the order of the menu and in the person's language."""
    found = (
        Topic(
            "strength",
            translate("Cards", "Strength"),
            translate(
                "Cards",
                "Before the model paints, your picture is covered with this much noise. A little noise leaves the "
                "shapes and repaints the surfaces; a lot leaves only hints; 100 % leaves nothing of what was there. "
                "For a rough sketch, begin at about 60 %.",
            ),
            (translate("Cards", "your sketch"), "30 %", "60 %", "100 %"),
        ),
        Topic(
            "cfg",
            translate("Cards", "CFG scale"),
            translate(
                "Cards",
                "At each step the model makes two guesses, with your words and without them, and goes on in the "
                "direction in which they differ. CFG is how far it goes: low values wander off the prompt, high ones "
                "obey it but burn the colours. Each model has a value that suits it; a double click brings it back.",
            ),
            (translate("Cards", "low"), translate("Cards", "right"), translate("Cards", "too high")),
        ),
        Topic(
            "steps",
            translate("Cards", "Steps"),
            translate(
                "Cards",
                "The picture comes out of noise little by little, and this is how often it is looked at and cleaned. "
                "Too few steps leave it blurred or half done; beyond 20 to 30 it hardly changes any more, only the "
                "waiting does.",
            ),
            ("1", "5", "10", "20"),
        ),
        Topic(
            "sampler",
            translate("Cards", "Sampler"),
            translate(
                "Cards",
                "The way from noise to the picture is a curve, and a sampler is a method of walking along it. Better "
                "methods reach the same picture in fewer steps. Those with an “a” or “SDE” in their name add fresh "
                "noise on the way: more surprise, and never quite the same end.",
            ),
            (translate("Cards", "simple"), translate("Cards", "higher order"), translate("Cards", "ancestral")),
        ),
        Topic(
            "schedule",
            translate("Cards", "Schedule"),
            translate(
                "Cards",
                "The schedule says how much noise is left after each step. Even steps treat everything alike; Karras "
                "takes large steps while the picture is coarse and small ones at the end, where the details are made. "
                "It matters most when there are few steps.",
            ),
            (translate("Cards", "even"), translate("Cards", "Karras")),
        ),
        Topic(
            "seed",
            translate("Cards", "Seed"),
            translate(
                "Cards",
                "The seed is the number from which the first noise is made. The same seed with the same settings gives "
                "the same picture again, so lock it to see what another word or value changes. Another seed is "
                "another idea for the same words.",
            ),
            ("1234", "1234", "5678"),
        ),
        Topic(
            "mask",
            translate("Cards", "Mask and feather"),
            translate(
                "Cards",
                "Only what is selected or masked is painted; everything else stays exactly as it is. A grey mask "
                "changes less than a white one. A soft edge lets the new part grow out of the old one; a hard edge "
                "shows where it ends.",
            ),
            (translate("Cards", "hard edge"), translate("Cards", "feathered"), translate("Cards", "half strength")),
        ),
    )
    return {topic.id: topic for topic in found}
