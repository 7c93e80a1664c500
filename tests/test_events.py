"""Events: order, weak references to methods, and changes of the listeners while they are called."""

from __future__ import annotations

import gc

from sdstudio.events import Event


class Listener:
    def __init__(self) -> None:
        self.heard: list[tuple] = []

    def on_event(self, *args) -> None:
        self.heard.append(args)


def test_listeners_are_called_in_order_with_the_arguments():
    event: Event[str, int] = Event()
    calls = []
    event.connect(lambda name, number: calls.append(("first", name, number)))
    event.connect(lambda name, number: calls.append(("second", name, number)))
    event.emit("layer", 3)
    assert calls == [("first", "layer", 3), ("second", "layer", 3)]


def test_methods_do_not_keep_their_object_alive():
    event: Event[int] = Event()
    listener, heard = Listener(), []
    heard = listener.heard
    event.connect(listener.on_event)
    event.emit(1)
    del listener
    gc.collect()
    event.emit(2)
    assert heard == [(1,)]


def test_functions_are_kept():
    event: Event[int] = Event()
    heard: list[int] = []
    event.connect(lambda number: heard.append(number))
    gc.collect()
    event.emit(1)
    assert heard == [1]


def test_disconnect_ends_it_and_may_be_repeated():
    event: Event[int] = Event()
    listener, other = Listener(), Listener()
    event.connect(listener.on_event)
    event.connect(other.on_event)
    event.disconnect(listener.on_event)
    event.disconnect(listener.on_event)
    event.emit(1)
    assert listener.heard == []
    assert other.heard == [(1,)]


def test_a_listener_may_connect_and_disconnect_while_called():
    event: Event[()] = Event()
    late = Listener()

    def once() -> None:
        event.disconnect(once)
        event.connect(late.on_event)

    event.connect(once)
    event.emit()
    assert late.heard == []  # it is called from the next time on
    event.emit()
    assert late.heard == [()]


def test_a_dead_listener_that_another_has_cleared_away_is_no_error():
    event: Event[()] = Event()
    gone, alive = Listener(), Listener()

    def clear_away() -> None:
        nonlocal gone
        gone = Listener()  # the old one dies while the event is being emitted
        gc.collect()
        event.disconnect(clear_away)

    event.connect(clear_away)
    event.connect(gone.on_event)
    event.connect(alive.on_event)
    event.emit()
    assert alive.heard == [()]


def test_what_is_gathered_is_told_once_with_the_last_arguments():
    event: Event[int] = Event()
    calls: list[int] = []
    event.connect(calls.append)
    with event.gathered():
        for number in range(5):
            event.emit(number)
        with event.gathered():
            event.emit(7)
        assert calls == []
    assert calls == [7]
    with event.gathered():
        pass
    assert calls == [7]
