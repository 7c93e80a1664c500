"""Trains what is added to a finished model: LoRAs, textual inversions and control models.

Owns one loop for all three and what each of them learns. Works on any model with one text encoder that the engine can
load: the starter as well as a Stable Diffusion that someone owns.
"""
