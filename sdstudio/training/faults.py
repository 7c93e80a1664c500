"""The trainer's own error. Must not know where it is raised."""


class TrainingError(Exception):
    """A training command cannot go on; the message says in a sentence what the person can do."""
