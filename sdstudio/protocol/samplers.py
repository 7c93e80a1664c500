"""Names of samplers and noise schedules, as the field writes them. The engine maps them to diffusers' classes."""

from __future__ import annotations

SAMPLERS: dict[str, str] = {
    "ddim": "DDIM",
    "ddpm": "DDPM",
    "euler": "Euler",
    "euler_a": "Euler a",
    "heun": "Heun",
    "dpmpp_2m": "DPM++ 2M",
    "dpmpp_2m_sde": "DPM++ 2M SDE",
    "unipc": "UniPC",
    "lcm": "LCM",
}
SCHEDULES: dict[str, str] = {
    "normal": "Normal",
    "karras": "Karras",
    "exponential": "Exponential",
    "beta": "Beta",
    "sgm_uniform": "SGM Uniform",
}
# Schedules that a sampler can follow; those not listed take any.
ONLY_NORMAL = frozenset({"ddim", "ddpm", "lcm"})


def schedules_for(sampler: str) -> tuple[str, ...]:
    """The schedule names that `sampler` understands, the default first."""
    return ("normal", "sgm_uniform") if sampler in ONLY_NORMAL else tuple(SCHEDULES)
