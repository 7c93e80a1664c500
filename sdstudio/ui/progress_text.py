"""How far a job is, in words and as a share: the same on the button, in the job list and in the status bar."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from sdstudio.generation.jobs import Job
from sdstudio.generation.plan_words import sentence

# Shares of the whole at which the stages begin and end; sampling takes nearly all of the time.
_SAMPLING_FROM, _SAMPLING_TO = 0.03, 0.96


def fraction_of(job: Job) -> float:
    """0..1 of the whole job."""
    if job.state == "finished":
        return 1.0
    if job.state != "running":
        return 0.0
    return (len(job.made) + _fraction_of_picture(job)) / job.count


def _fraction_of_picture(job: Job) -> float:
    if job.stage == "sampling" and job.steps:
        return _SAMPLING_FROM + (_SAMPLING_TO - _SAMPLING_FROM) * job.step / job.steps
    return {"encoding": 0.02, "decoding": _SAMPLING_TO}.get(job.stage or "", 0.0)


def describe(job: Job) -> str:
    """One short line: "Step 7 of 20 · 4 s left"."""
    if job.state == "running":
        return _describe_running(job)
    if job.made and job.state != "finished":
        return _tr("{made} of {count} pictures made").format(made=len(job.made), count=job.count)
    return {
        "queued": _tr("Waiting"),
        "finished": _tr("Done"),
        "failed": _tr("Failed"),
        "cancelled": _tr("Cancelled"),
    }[job.state]


def plan_of(job: Job) -> str:
    """How the job fits into memory, in one sentence; empty before that is known."""
    return sentence(job.plan, _tr) if job.plan is not None else ""


def _describe_running(job: Job) -> str:
    text = _describe_picture(job)
    if job.title:
        lead = _tr("Picture {number} of {count}").format(number=len(job.made) + 1, count=job.count)
        text = f"{lead} · {text}"
    if job.plan is not None and job.plan.savings:
        text += " · " + _tr("saving memory")
    return text


def _describe_picture(job: Job) -> str:
    if job.stage == "sampling":
        text = _tr("Step {step} of {steps}").format(step=job.step, steps=job.steps)
        if job.seconds_left is not None and job.step:
            text += " · " + _left(job.seconds_left)
        return text
    return {
        "loading": _tr("Loading the model…"),
        "encoding": _tr("Reading the prompt…"),
        "decoding": _tr("Finishing the picture…"),
    }.get(job.stage or "", _tr("Starting…"))


def _left(seconds: float) -> str:
    if seconds >= 90:
        return _tr("{minutes} min left").format(minutes=round(seconds / 60))
    return _tr("{seconds} s left").format(seconds=max(1, round(seconds)))


def _tr(text: str) -> str:
    return QCoreApplication.translate("progress", text)
