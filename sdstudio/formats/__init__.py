"""Bytes to document and back: OpenRaster, PNG with parameters, plain pictures. Every write is atomic."""
