"""Frames: what is written is read, and nothing else ever gets through or costs memory."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import tracemalloc

import msgspec
import pytest

from sdstudio.protocol import messages
from sdstudio.protocol.framing import MAX_BLOB_BYTES, MAX_HEADER_BYTES, FramingError, read_frame, write_frame
from sdstudio.protocol.messages import Failed, Finished, FromEngine, Generate, Preview, Progress, ToEngine
from sdstudio.protocol.request import MAX_SEED, GenerationRequest, Placement
from sdstudio.raster.geometry import Bounds, Extent
from tests.helpers.engines import MODEL

REQUEST = GenerationRequest(
    mode="inpaint",
    prompt="ein Apfel, 苹果 🍎, “quoted” \\ \0",
    model="starter",
    extent=Extent(512, 768),
    seed=MAX_SEED,
    strength=0.4,
    placement=Placement(canvas=Extent(9, 9), context=Bounds(-5, -5, 20, 20), target=Bounds(1, 1, 2, 2), feather=3),
)


def framed(message: msgspec.Struct, blob: bytes = b"") -> bytes:
    stream = io.BytesIO()
    write_frame(stream, message, blob)
    return stream.getvalue()


def raw(header: bytes, blob: bytes = b"") -> bytes:
    return struct.pack(">II", len(header), len(blob)) + header + blob


class Trickle(io.RawIOBase):
    """A pipe that gives one byte at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, 1))


@pytest.mark.parametrize("message", [Generate(job_id="a", request=REQUEST, model=MODEL, has_mask=True)])
@pytest.mark.parametrize("blob", [b"", b"\0\xff" * 1000])
def test_a_request_survives_the_stream_exactly(message, blob):
    assert read_frame(io.BytesIO(framed(message, blob)), ToEngine) == (message, blob)


@pytest.mark.parametrize("kind", FromEngine.__args__ + ToEngine.__args__)
def test_every_message_has_a_tag_of_its_own(kind):
    tags = [other.__struct_config__.tag for other in FromEngine.__args__ + ToEngine.__args__]
    assert tags.count(kind.__struct_config__.tag) == 1


def test_frames_follow_each_other_and_the_end_is_clean():
    first = Progress(job_id="a", stage="loading", fraction=0.5)
    second = Preview(job_id="a", step=1, steps=2, width=1, height=1)
    stream = Trickle(framed(first) + framed(second, b"rgb"))
    assert read_frame(stream, FromEngine) == (first, b"")
    assert read_frame(stream, FromEngine) == (second, b"rgb")
    assert read_frame(stream, FromEngine) is None


def test_every_truncation_is_noticed():
    whole = framed(Preview(job_id="a", step=1, steps=2, width=1, height=1), b"rgb")
    for length in range(1, len(whole)):
        with pytest.raises(FramingError):
            read_frame(io.BytesIO(whole[:length]), FromEngine)


@pytest.mark.parametrize(
    "lengths",
    [(MAX_HEADER_BYTES + 1, 0), (10, MAX_BLOB_BYTES + 1), (10, 2**31), (2**32 - 1, 2**32 - 1)],
)
def test_absurd_lengths_are_refused_before_anything_is_read(lengths):
    stream = io.BytesIO(struct.pack(">II", *lengths) + b"x" * 100)
    with pytest.raises(FramingError):
        read_frame(stream, FromEngine)
    assert stream.tell() == 8


def test_a_declared_length_costs_no_memory_until_the_bytes_come():
    tracemalloc.start()
    with pytest.raises(FramingError):
        read_frame(io.BytesIO(struct.pack(">II", 2, MAX_BLOB_BYTES) + b"{}"), FromEngine)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"type":"unheard_of"}',
        b'{"type":"finished"}',
        b'{"type":"finished","job_id":1,"width":1,"height":1,"steps_run":1,"seconds":1}',
        b'{"type":"failed","job_id":"a","kind":"no such kind","message":"m"}',
        b'{"type":"shutdown"}',  # a message, but of the other direction
        b'{"type":"progress","job_id":"a","stage":"loading"',
        b"\xff\xfe",
        b'{"type":"failed","job_id":"\xe2","kind":"internal","message":"m"}',
        b"[" * 100_000,
    ],
)
def test_a_header_that_is_no_expected_message_is_refused(header):
    with pytest.raises(FramingError):
        read_frame(io.BytesIO(raw(header)), FromEngine)


def test_unknown_fields_of_a_newer_engine_are_ignored():
    header = b'{"type":"failed","job_id":"a","kind":"internal","message":"m","colour":"red"}'
    frame = read_frame(io.BytesIO(raw(header)), FromEngine)
    assert frame == (Failed(job_id="a", kind="internal", message="m"), b"")


def test_a_frame_that_nobody_would_read_is_not_written():
    stream = io.BytesIO()
    with pytest.raises(FramingError):
        write_frame(stream, Failed(job_id="a", kind="internal", message="x" * (MAX_HEADER_BYTES + 1)))
    assert stream.getvalue() == b""


@pytest.mark.parametrize("seed", range(500))
def test_mutated_streams_give_messages_or_one_error(seed):
    """Flips, cuts, repeats and insertions in a valid stream: never another exception, never a hang."""
    rng = random.Random(seed)
    good = [
        messages.Ready(device="cpu", device_name="x", memory_bytes=1, torch_version="2", diffusers_version="0"),
        Progress(job_id="a", stage="sampling", step=1, steps=9),
        Preview(job_id="a", step=1, steps=9, width=2, height=2),
        Finished(job_id="a", width=2, height=2, steps_run=9, seconds=1.0),
    ]
    data = bytearray(b"".join(framed(message, rng.randbytes(rng.choice([0, 12, 300]))) for message in good))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                del data[at : at + rng.randint(1, 20)]
            case 2:
                data[at:at] = rng.randbytes(rng.randint(1, 20))
            case _:
                data[at:at] = data[at : at + rng.randint(1, 40)]
        if not data:
            break
    stream = io.BytesIO(bytes(data))
    read = 0
    with contextlib.suppress(FramingError):
        while (frame := read_frame(stream, FromEngine)) is not None:
            assert isinstance(frame[0], FromEngine)
            read += 1
            assert read <= len(data)
