"""What the window gets when it is slower than the engine."""

from __future__ import annotations

import threading

from sdstudio.protocol.messages import Finished, Preview, Progress
from sdstudio.worker.inbox import Inbox
from tests.helpers.engines import PATIENCE_S


def preview(step: int, job_id: str = "a") -> Preview:
    return Preview(job_id=job_id, step=step, steps=9, width=1, height=1)


def progress(step: int) -> Progress:
    return Progress(job_id="a", stage="sampling", step=step, steps=9)


def test_everything_but_previews_stays_in_order_and_complete():
    inbox = Inbox()
    for step in range(5):
        inbox.put(progress(step), b"")
    items, more = inbox.take(3)
    assert [message.step for message, _ in items] == [0, 1, 2]
    assert more
    items, more = inbox.take(9)
    assert [message.step for message, _ in items] == [3, 4]
    assert not more


def test_of_undelivered_previews_the_latest_wins_per_job():
    inbox = Inbox()
    for step in range(1, 6):
        inbox.put(preview(step), bytes([step]))
        inbox.put(preview(step, "b"), b"")
    inbox.put(Finished(job_id="a", width=1, height=1, steps_run=5, seconds=1), b"end")
    items, _ = inbox.take(99)
    assert [(type(message), message.job_id, blob) for message, blob in items] == [
        (Preview, "a", b"\x05"),
        (Preview, "b", b""),
        (Finished, "a", b"end"),
    ]


def test_the_reader_is_woken_once_until_it_has_taken_everything():
    inbox = Inbox()
    assert inbox.put(progress(0), b"")
    assert not inbox.put(progress(1), b"")
    inbox.take(9)
    assert inbox.put(progress(2), b"")


def test_a_flood_waits_for_the_reader():
    inbox = Inbox(capacity=4)
    writer = threading.Thread(target=lambda: [inbox.put(progress(step), b"") for step in range(50)])
    writer.start()
    seen: list[int] = []
    while len(seen) < 50:
        items, _ = inbox.take(99)
        assert len(items) <= 4
        seen += [message.step for message, _ in items]
    writer.join(PATIENCE_S)
    assert seen == list(range(50))


def test_closing_lets_a_waiting_writer_go():
    inbox = Inbox(capacity=1)
    inbox.put(progress(0), b"")
    writer = threading.Thread(target=inbox.put, args=(progress(1), b""))
    writer.start()
    inbox.close()
    writer.join(PATIENCE_S)
    assert not writer.is_alive()
    assert inbox.take(9) == ([], False)
