"""What the list of jobs keeps of those that are over: bounded by bytes and by lines, the oldest go first."""

from __future__ import annotations

from sdstudio.generation.job import Job

HISTORY_BYTES = 256 * 2**20
MAX_HISTORY = 500  # jobs whose thumbnails are kept


def trim(jobs: list[Job], most_bytes: int) -> None:
    """Forget the oldest pixels that are safe in a document already, then the oldest lines of the list."""
    over = [job for job in jobs if job.is_over]
    excess = sum(job.nbytes for job in over) - most_bytes
    for job in over:
        if excess > 0 and job.developed is not None:  # it can be made again
            excess -= job.developed.surface.nbytes
            job.developed = None
    for job in over:
        if excess > 0 and job.is_placed and job.result is not None:
            excess -= job.nbytes
            job.result = None
            job.kept_steps.clear()
            job.prepared = job.prepared.without_pixels()
        if excess > 0 and job.is_placed and job.made:
            excess -= sum(part.nbytes for part in job.made)
            job.made.clear()
    forgettable = [job for job in over if job.is_placed or (job.state != "finished" and not job.made)]
    for job in forgettable[: max(0, len(over) - MAX_HISTORY)]:
        jobs.remove(job)
