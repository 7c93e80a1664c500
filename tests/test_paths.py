"""Where folders are, and that SDSTUDIO_HOME moves them together."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdstudio import paths

USER_FOLDERS = (paths.config, paths.data, paths.cache, paths.logs, paths.user_models)


def test_one_variable_moves_everything_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDSTUDIO_HOME", str(tmp_path / "stick"))
    folders = [folder() for folder in USER_FOLDERS]
    assert all(folder.is_relative_to(tmp_path / "stick") for folder in folders)
    assert len(set(folders)) == len(folders)
    assert not (tmp_path / "stick").exists()  # asking creates nothing


def test_without_it_the_systems_own_folders_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SDSTUDIO_HOME", raising=False)
    assert all("sdstudio" in folder().parts for folder in USER_FOLDERS)


def test_resources_lie_beside_the_package_in_a_checkout() -> None:
    assert (paths.resources() / "families" / "tokenizer" / "vocab.json").is_file()
