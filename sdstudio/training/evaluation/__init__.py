"""Measures an exported edition: every figure of the model card. Never trains the model on what it measures with."""
