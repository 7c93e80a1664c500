"""Names of samplers and noise schedules, as the field writes them. The engine maps them to diffusers' classes."""

from __future__ import annotations

SAMPLERS: dict[str, str] = {
    "dpmpp_2m": "DPM++ 2M",
    "dpmpp_sde": "DPM++ SDE",
    "dpmpp_2m_sde": "DPM++ 2M SDE",
    "dpmpp_3m_sde": "DPM++ 3M SDE",
    "dpmpp_2s_a": "DPM++ 2S a",
    "dpmpp_2s": "DPM++ 2S",
    "dpmpp_3m": "DPM++ 3M",
    "euler": "Euler",
    "euler_a": "Euler a",
    "heun": "Heun",
    "dpm2": "DPM2",
    "dpm2_a": "DPM2 a",
    "lms": "LMS",
    "unipc": "UniPC",
    "deis": "DEIS",
    "sa_solver": "SA-Solver",
    "ddim": "DDIM",
    "ddpm": "DDPM",
    "plms": "PLMS",
    "lcm": "LCM",
    "tcd": "TCD",
}
SCHEDULES: dict[str, str] = {
    "normal": "Normal",
    "karras": "Karras",
    "exponential": "Exponential",
    "beta": "Beta",
    "sgm_uniform": "SGM Uniform",
    "ays": "Align Your Steps",
}
BETAS: dict[str, str] = {
    "model": "Model's own",
    "scaled_linear": "Scaled linear",
    "linear": "Linear",
    "cosine": "Cosine",
}
# What a network says of a noised picture. Most files tell; where one does not, a person can.
PREDICTIONS: dict[str, str] = {"": "As its file says", "epsilon": "Noise", "v_prediction": "Velocity (v)"}
# Schedules that a sampler can follow; those not listed take any.
ONLY_NORMAL = frozenset({"ddim", "ddpm", "plms"})
OWN_SCHEDULE = frozenset({"lcm", "tcd"})  # distilled for a schedule of their own
AYS_FAMILIES = frozenset({"sd1", "sdxl"})  # for which Align Your Steps (arXiv:2404.14507) was published
# How much new noise comes in at each step: samplers that can be asked for more or less, and what they take unasked.
ETA: dict[str, float] = {"ddim": 0.0, "euler_a": 1.0, "dpmpp_2s_a": 1.0, "tcd": 0.3}
NOISE_SCALE = frozenset({"euler_a", "dpmpp_2s_a", "dpmpp_sde", "dpmpp_2m_sde", "dpmpp_3m_sde"})
# What models that learned a flow can follow; the first is what they were made with.
FLOW_SAMPLERS = ("euler", "heun", "dpmpp_2m", "dpmpp_3m", "dpmpp_2m_sde", "unipc", "lcm")


def samplers_for(prediction: str) -> dict[str, str]:
    """Names and titles of the samplers that fit to a model with this prediction."""
    if prediction == "flow":
        return {name: SAMPLERS[name] for name in FLOW_SAMPLERS}
    return SAMPLERS


def schedules_for(sampler: str) -> tuple[str, ...]:
    """The schedule names that `sampler` understands, the default first."""
    if sampler in OWN_SCHEDULE:
        return ("normal",)
    return ("normal", "sgm_uniform") if sampler in ONLY_NORMAL else tuple(SCHEDULES)
