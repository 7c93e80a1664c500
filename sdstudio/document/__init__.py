"""What the user saves and undoes: layers, selection, strokes, history and the composite. Knows no widget and no file."""
