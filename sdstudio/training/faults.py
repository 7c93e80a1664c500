"""The trainer's own error. Must not know where it is raised."""

from sdstudio.errors import StudioError


class TrainingError(StudioError):
    """A training command cannot go on; the message says in a sentence what the person can do."""
