"""The child process that owns torch: a readable sampling loop over the models and schedulers of diffusers.

Importing this package imports nothing heavy; `python -m sdstudio.engine` runs it.
"""
