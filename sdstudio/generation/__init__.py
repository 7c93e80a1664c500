"""The studio's side of a generation: what to ask the engine for, when, and where its picture belongs. Plain Python."""
