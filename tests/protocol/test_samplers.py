"""The tables of names: what the window offers and the engine maps."""

from __future__ import annotations

import pytest

from sdstudio.models.info import SamplingDefaults
from sdstudio.protocol.request import GenerationRequest
from sdstudio.protocol.samplers import SAMPLERS, SCHEDULES, schedules_for


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_offers_known_schedules_with_normal_first(sampler):
    offered = schedules_for(sampler)
    assert offered[0] == "normal"
    assert set(offered) <= set(SCHEDULES)


@pytest.mark.parametrize("defaults", [SamplingDefaults, GenerationRequest])
def test_defaults_are_in_the_tables(defaults):
    fields = dict(zip(defaults.__struct_fields__[::-1], defaults.__struct_defaults__[::-1], strict=False))
    assert fields["sampler"] in SAMPLERS
    assert fields["schedule"] in schedules_for(fields["sampler"])
