"""The paint canvas widget: camera, projection of the document, overlays and input."""
