"""The questions that must be asked before Qt is: libraries and display."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sdstudio.doctor import system

ALL = system.GUI_LIBRARIES | system.XCB_LIBRARIES | system.WAYLAND_LIBRARIES


class FakeXcb:
    """A libxcb whose display answers or not."""

    def __init__(self, answers: bool) -> None:
        class Function:
            def __init__(self, result: int) -> None:
                self.result = result

            def __call__(self, *args: object) -> int:
                return self.result

        self.xcb_connect, self.xcb_disconnect = Function(1), Function(0)
        self.xcb_connection_has_error = Function(0 if answers else 1)


def loader(*missing: str, answers: bool = True):
    def load(name: str) -> FakeXcb:
        if name in missing:
            raise OSError(f"{name}: cannot open shared object file")
        return FakeXcb(answers)

    return load


X = {"DISPLAY": ":0"}


def test_a_complete_system_has_no_problem():
    assert system.check_window(X, loader(), "linux") is None
    assert system.check_pictures(loader(), "linux") is None


@pytest.mark.parametrize("name", [*system.GUI_LIBRARIES, *system.XCB_LIBRARIES])
def test_each_missing_library_is_named_with_its_package(name):
    problem = system.check_window(X, loader(name), "linux")
    assert name in problem.sentence
    assert problem.remedy.endswith(f"apt install {ALL[name]}")


def test_several_missing_libraries_are_one_command():
    problem = system.check_window(X, loader("libEGL.so.1", "libxcb-cursor.so.0"), "linux")
    assert problem.remedy.endswith("sudo apt install libegl1 libxcb-cursor0")


def test_the_headless_commands_need_no_window_libraries():
    assert system.check_pictures(loader(*system.XCB_LIBRARIES, *system.WAYLAND_LIBRARIES), "linux") is None
    assert system.check_pictures(loader("libEGL.so.1"), "linux") is not None


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_only_linux_is_asked(platform):
    assert system.check_window({}, loader(*ALL), platform) is None
    assert system.check_pictures(loader(*ALL), platform) is None


@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ""}, {"WAYLAND_DISPLAY": "wayland-9"}])
def test_without_a_display_there_is_a_sentence_and_a_way_on(environment):
    problem = system.check_window(environment, loader(), "linux")
    assert "no display" in problem.sentence
    assert "sdstudio generate" in problem.remedy


def test_a_display_that_does_not_answer_is_named():
    problem = system.check_window({"DISPLAY": ":77"}, loader(answers=False), "linux")
    assert "“:77” does not answer" in problem.sentence


@pytest.mark.parametrize("chosen", ["offscreen", "vnc:size=800x600", "minimal"])
def test_platforms_without_a_display_need_none(chosen):
    assert system.check_window({"QT_QPA_PLATFORM": chosen}, loader(*system.XCB_LIBRARIES), "linux") is None


def test_wayland_needs_no_x(tmp_path):
    import socket

    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "wayland-0"))
    environment = {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(tmp_path)}
    try:
        assert system.check_window(environment, loader(*system.XCB_LIBRARIES), "linux") is None
        assert system.check_window(environment, loader("libwayland-client.so.0"), "linux") is not None
    finally:
        listener.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks this system's own libxcb")
def test_this_systems_libxcb_is_asked_correctly():
    if system.missing_libraries({"libxcb.so.1": ""}):
        pytest.skip("no libxcb here")
    problem = system.check_window({"DISPLAY": ":98765"}, lambda name: __import__("ctypes").CDLL("libxcb.so.1"), "linux")
    assert "does not answer" in problem.sentence


def test_asking_imports_no_qt():
    code = "import sys, sdstudio.doctor.system as s; s.check_window(); sys.exit('PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads ELF files")
@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("lib/libQt6Gui.so.6", system.GUI_LIBRARIES),
        ("lib/libQt6XcbQpa.so.6", system.GUI_LIBRARIES | system.XCB_LIBRARIES),
        ("plugins/platforms/libqwayland.so", system.GUI_LIBRARIES | system.WAYLAND_LIBRARIES),
    ],
)
def test_the_lists_are_what_qt_is_linked_with(file, wanted):
    import PySide6

    linked = set(re.findall(rb"\0(lib[\w.+-]+\.so\.\d+)(?=\0)", Path(PySide6.__path__[0], "Qt", file).read_bytes()))
    names = {os.fsdecode(name) for name in linked if not name.startswith((b"libQt6", b"libicu", b"libpyside"))}
    everywhere = {"libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "libc.so.6", "libz.so.1", "libzstd.so.1"}
    of_glib = {"libgthread-2.0.so.0"}
    assert "libGL.so.1" in names
    assert names - everywhere - of_glib <= set(wanted)
