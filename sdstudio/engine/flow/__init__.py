"""The transformer families that learned to follow a flow (arXiv:2210.02747): SD 3, Flux, Qwen-Image, Z-Image."""
