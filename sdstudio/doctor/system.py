"""Whether Qt can work here: its system libraries and a display, asked for before Qt is imported.

Qt ends the whole process when a library or the display is missing, so the question must come first. Imports nothing but
the standard library. The list of libraries is what `ldd` says of PySide6 6.11's QtGui, its xcb and its wayland plugin,
less what every Linux has.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Loader = Callable[[str], Any]

# Library, and the Debian or Ubuntu package that has it.
GUI_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
}
XCB_LIBRARIES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
WAYLAND_LIBRARIES = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}


@dataclass(frozen=True)
class Problem:
    """What is wrong, and what to do about it; each one plain sentence."""

    sentence: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".strip()


def missing_libraries(wanted: Mapping[str, str], load: Loader = ctypes.CDLL) -> list[str]:
    """The names in `wanted` that the system's loader cannot load."""
    missing = []
    for name in wanted:
        try:
            load(name)
        except OSError:
            missing.append(name)
    return missing


def check_pictures(load: Loader = ctypes.CDLL, platform: str = sys.platform) -> Problem | None:
    """Whether Qt's pictures work, which the headless commands need as well: no display is asked for."""
    return _check_libraries(GUI_LIBRARIES, load) if platform.startswith("linux") else None


def check_window(
    environment: Mapping[str, str] = os.environ, load: Loader = ctypes.CDLL, platform: str = sys.platform
) -> Problem | None:
    """Whether a window can open: libraries, then the display. None when it can."""
    if not platform.startswith("linux"):
        return None
    chosen = environment.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if chosen not in ("", "xcb", "wayland"):  # offscreen, vnc and the like need neither
        return check_pictures(load, platform)
    if chosen != "xcb" and _wayland_answers(environment) and not missing_libraries(WAYLAND_LIBRARIES, load):
        return check_pictures(load, platform)
    if chosen == "wayland":
        return _check_libraries(GUI_LIBRARIES | WAYLAND_LIBRARIES, load) or _NO_DISPLAY
    if problem := _check_libraries(GUI_LIBRARIES | XCB_LIBRARIES, load):
        return problem
    if not environment.get("DISPLAY"):
        return _NO_DISPLAY
    if not _x_answers(environment["DISPLAY"], load):
        return Problem(
            f"The display “{environment['DISPLAY']}” does not answer, so no window can open.",
            "Check that the DISPLAY variable names a running X server that this user may use.",
        )
    return None


_NO_DISPLAY = Problem(
    "There is no display, so no window can open.",
    "Start SD Studio from a graphical desktop, or use “sdstudio generate”, which needs none.",
)


def _check_libraries(wanted: Mapping[str, str], load: Loader) -> Problem | None:
    missing = missing_libraries(wanted, load)
    if not missing:
        return None
    packages = " ".join(dict.fromkeys(wanted[name] for name in missing))
    which = "library is" if len(missing) == 1 else "libraries are"
    return Problem(
        f"Qt cannot start because system {which} missing: {', '.join(missing)}.",
        f"On Debian and Ubuntu run: sudo apt install {packages}",
    )


def _wayland_answers(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY")
    if not name:
        return False
    return Path(environment.get("XDG_RUNTIME_DIR", "/"), name).is_socket()


def _x_answers(display: str, load: Loader) -> bool:
    """Connect as Qt will, through libxcb, which knows sockets, hosts and permissions."""
    xcb = load("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed
