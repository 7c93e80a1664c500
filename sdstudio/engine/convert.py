"""`python -m sdstudio.engine.convert IN OUT`: a .ckpt, .pt or .bin file becomes a .safetensors file.

Such files are programs for Python's unpickler. This process does nothing else and ends with the file: it is read by
torch's restricted unpickler only, and while it is read nothing may be started, sent or written. Exits with one sentence
on standard error when the file cannot be used.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

_FORBIDDEN = ("os.", "subprocess.", "socket.", "shutil.", "ctypes.", "webbrowser.", "ftplib.", "urllib.", "pty.")
_OLD_LAYERS = {"linear1": "linear.0", "linear2": "linear.1"}  # of A1111's first hypernetworks
_reading = False


class NotUsable(Exception):
    """The sentence that says why."""


def convert(source: Path, target: Path) -> None:
    """Write the weights in `source` to `target`. Raises NotUsable."""
    content = _read(source)
    weights = _weights(content)
    if not weights:
        raise NotUsable(f"The file “{source.name}” holds no weights.")
    beside = target.with_name(target.name + ".part")
    save_file(weights, beside, {"format": "pt"} | _notes(content))
    beside.chmod(0o644)  # safetensors makes it private
    beside.replace(target)


def _read(source: Path) -> Any:
    global _reading
    sys.addaudithook(_forbid)
    _reading = True
    try:
        return torch.load(source, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise NotUsable(f"The file “{source.name}” holds more than weights, so it was not opened.") from error
    except (OSError, RuntimeError, ValueError, EOFError, KeyError, TypeError, AttributeError) as error:
        raise NotUsable(f"The file “{source.name}” cannot be read: it is damaged or of another kind.") from error
    finally:
        _reading = False


def _forbid(event: str, arguments: tuple[Any, ...]) -> None:
    """While the file is read: no process, no connection, no file to write."""
    if not _reading:
        return
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writes or (event.startswith(_FORBIDDEN) and event not in ("os.listdir", "os.scandir")):
        raise NotUsable("The file tried to do something other than hold weights, so it was not opened.")


def _weights(content: Any) -> dict[str, torch.Tensor]:
    """The tensors in whichever of the usual wrappings."""
    if not isinstance(content, Mapping):
        return {}
    if isinstance(vectors := content.get("string_to_param"), Mapping):  # a textual inversion of A1111
        return {"emb_params": _own(next(iter(vectors.values())))}
    if bends := _hypernetwork(content):
        return bends
    for wrapping in ("state_dict", "model", "module", "params_ema", "params"):
        if isinstance(content.get(wrapping), Mapping):
            content = content[wrapping]
            break
    tensors = {str(name): value for name, value in content.items() if isinstance(value, torch.Tensor)}
    return {name: _own(value) for name, value in tensors.items()}


def _hypernetwork(content: Mapping[Any, Any]) -> dict[str, torch.Tensor]:
    """A1111 keeps two small networks, for keys and values, under each width of what attention reads."""
    made = {}
    for width, pair in content.items():
        if not isinstance(width, int) or not isinstance(pair, Sequence) or len(pair) < 2:
            continue
        for letter, network in zip("kv", pair, strict=False):
            for name, value in network.items() if isinstance(network, Mapping) else ():
                if isinstance(value, torch.Tensor):
                    place = _OLD_LAYERS.get(str(name).rpartition(".")[0], str(name).rpartition(".")[0])
                    made[f"hypernetwork.{width}.{letter}.{place}.{str(name).rpartition('.')[2]}"] = _own(value)
    return made


def _notes(content: Any) -> dict[str, str]:
    """What a hypernetwork's weights do not tell."""
    if not isinstance(content, Mapping):
        return {}
    return {
        name: str(content[name]) for name in ("activation_func", "activate_output") if content.get(name) is not None
    }


def _own(value: torch.Tensor) -> torch.Tensor:
    """Contiguous, and sharing memory with no other."""
    return value.detach().clone().contiguous()


def main() -> int:
    try:
        convert(Path(sys.argv[1]), Path(sys.argv[2]))
    except NotUsable as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The file “{Path(sys.argv[2]).name}” cannot be written: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
