"""Pixels: geometry, tiles, blending, dabs, masks and resampling. Knows no layer and no widget."""
