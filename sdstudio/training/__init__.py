"""The trainer: builds the starter model from openly licensed drawings (later also LoRA and embeddings).

Owns data, autoencoder, text encoder and UNet training, export and evaluation, each as a command of
``python -m sdstudio.training``. Runs in a process of its own; must not know the window, the document or the worker.
"""
