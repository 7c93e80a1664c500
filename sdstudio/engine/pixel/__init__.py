"""DeepFloyd IF: models that paint pixels, without an autoencoder, and read T5's text."""
