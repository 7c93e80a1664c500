"""SD Studio: a desktop Stable Diffusion painting studio."""

__version__ = "0.1.0"
