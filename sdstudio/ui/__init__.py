"""The window: canvas, tools, docks and dialogs. All state that matters lives below it."""
