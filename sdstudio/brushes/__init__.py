"""Brush presets: as data, as files to exchange, and as this user's library. Knows no document and no widget."""
