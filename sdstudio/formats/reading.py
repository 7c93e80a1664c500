"""What all readers share: every way in which a file can be bad becomes one sentence."""

from __future__ import annotations

import contextlib
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from sdstudio.document.document import MAX_PIXELS, MAX_SIDE
from sdstudio.errors import BadRequest, FileProblem

# What decoders raise for damaged data, besides OSError.
DAMAGE = (
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    RuntimeError,  # of AVIF and ZIP; recursion that goes too deep is one, too
    struct.error,
    zlib.error,
)


def nothing_to_tell(_fraction: float) -> None:
    """Nobody waits to hear how far the work is."""


@contextlib.contextmanager
def problems_reading(path: Path, known: str = "picture") -> Iterator[None]:
    """Raises FileProblem for whatever goes wrong inside; `known` says what the file should have been."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError as error:
        if path.is_file() and path.stat().st_size == 0:
            raise FileProblem(f"“{path.name}” is empty: there is nothing in the file.", detail=str(error)) from error
        raise FileProblem(f"“{path.name}” is not a {known}.", detail=str(error)) from error
    except Image.DecompressionBombError as error:
        raise FileProblem(
            f"“{path.name}” is too large to be opened. A picture may have at most {MAX_PIXELS // 2**20} megapixels, "
            f"and {MAX_SIDE} pixels on a side.",
            detail=str(error),
        ) from error
    except BadRequest as error:
        raise FileProblem(f"“{path.name}” cannot be opened. {error.message}") from error
    except FileNotFoundError as error:
        raise FileProblem(f"There is no file “{path}”.", detail=str(error)) from error
    except IsADirectoryError as error:
        raise FileProblem(f"“{path.name}” is a folder, not a file.", detail=str(error)) from error
    except PermissionError as error:
        raise FileProblem(f"You have no permission to read “{path.name}”.", detail=str(error)) from error
    except MemoryError as error:
        raise FileProblem(f"There is not enough memory to open “{path.name}”.", detail=repr(error)) from error
    except (OSError, *DAMAGE) as error:
        raise FileProblem(f"“{path.name}” is damaged and cannot be opened.", detail=repr(error)) from error
