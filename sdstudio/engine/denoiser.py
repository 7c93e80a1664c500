"""What a job asks the model at each noise level, and the one answer that it gets.

Owns what goes in together: texts, further channels, control models, looks at other pictures. Must not know noise
schedules beyond the present level, or what becomes of the answer.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from sdstudio.engine import pixels, schedulers
from sdstudio.engine.extras import guides as guiding
from sdstudio.engine.guidance import Guidance
from sdstudio.engine.loaded import LoadedModel
from sdstudio.engine.plan import Plan
from sdstudio.engine.speed.hurry import Hurry
from sdstudio.engine.validation import Pixels
from sdstudio.protocol.request import GenerationRequest


class Denoiser:
    """The model as one job uses it; `conditions` (1, channels, h, w) are laid beside the latents at every level."""

    def __init__(
        self,
        request: GenerationRequest,
        given: Pixels,
        model: LoadedModel,
        plan: Plan,
        scheduler: Any,
        guidance: Guidance,
        conditions: torch.Tensor | None,
    ) -> None:
        self._model, self._plan, self._scheduler = model, plan, scheduler
        self._guidance, self._conditions = guidance, conditions
        self._guides = model.controls.guides(request.controls, given.controls)
        model.likeness.look(request.controls, given.controls)
        model.reference.look(request.controls, given.controls, lambda *given: pixels.encode(model.vae, *given))
        self._hurry = Hurry(request, model)

    def answer(self, latents: torch.Tensor, index: int, timestep: torch.Tensor) -> torch.Tensor:
        """What the scheduler needs to step on from `latents` (1, channels, h, w): every text's answer, guided into one.

        Networks that learned a variance give it in as many channels more, where the scheduler can read it.
        """
        model, step, count = self._model, self._plan.step_of(index), len(self._plan.timesteps)
        conditioning = model.likeness.joined(self._guidance.conditioning(step), index, count)
        seen = (index, count, self._scheduler, timestep, conditioning, self._ask)
        model.economy.attempt(partial(model.reference.remember, *seen))
        guides = [guide for guide in self._guides if guide.works_at(index, count)]
        output = model.economy.attempt(partial(self._denoise, latents, timestep, conditioning, guides))
        return schedulers.readable(self._scheduler, self._guidance.guide(output, step), latents.shape[1])

    def _denoise(
        self, latents: torch.Tensor, timestep: torch.Tensor, conditioning: dict[str, Any], guides: list[guiding.Guide]
    ) -> torch.Tensor:
        """The output for each text of `conditioning`: one batch."""
        count = len(conditioning["encoder_hidden_states"])
        given = torch.cat([latents] * count) if count > 1 else latents
        given = self._scheduler.scale_model_input(given, timestep)
        return self._ask(given, timestep, conditioning, guides).to(latents.dtype)

    def _ask(
        self,
        given: torch.Tensor,
        timestep: torch.Tensor,
        conditioning: dict[str, Any],
        guides: list[guiding.Guide] | None = None,
    ) -> torch.Tensor:
        """The network's answers to `given` (texts, channels, h, w): as many at once as memory allows."""
        model = self._model
        with self._hurry.call(conditioning):
            residuals = guiding.residuals(guides or [], given, timestep, conditioning)
            if self._conditions is not None:
                given = torch.cat([given, self._conditions.expand(len(given), -1, -1, -1)], dim=1)
            model.tally.cells_denoised += given.shape[0] * given.shape[2] * given.shape[3]
            output: torch.Tensor = model.economy.denoise(
                given, timestep, conditioning | residuals, model.reference.looking()
            )
        return output
