"""Says what this computer offers, what is wrong with it, and what to do about that."""
