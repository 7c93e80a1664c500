"""Panels beside the canvas, each a view of one model."""
