"""What the user saves and undoes: layers, selection, strokes, history, composite. Knows no widget and no file."""
