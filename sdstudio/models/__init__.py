"""What models are on the disk: found, detected and described from headers alone, without torch."""
