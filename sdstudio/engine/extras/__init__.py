"""What jobs add to a model: LoRAs, embeddings and control models, put on and taken off without a trace."""
