"""The control models and T2I-Adapters of one loaded model: loaded when a job wants them, kept for the next one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from sdstudio.engine.extras import guides
from sdstudio.engine.extras.control_files import Host, read
from sdstudio.engine.extras.guides import Guide
from sdstudio.models.extras import ExtraInfo
from sdstudio.protocol.request import ControlUse

REMEMBERED_BYTES = 2 * 2**30  # of networks that no job needs at the moment


class ControlShelf:
    """The networks of the last jobs stay in memory. `on_loaded` hears every new one, so that its layers can be watched
    for cancelling."""

    def __init__(self, on_loaded: Callable[[Any], None]) -> None:
        self._on_loaded = on_loaded
        self._networks: OrderedDict[str, Any] = OrderedDict()
        self._held: dict[str, str] = {}  # of the present job: paths by name

    def _read(self, info: ExtraInfo) -> Any:
        """The network in this file. Raises ModelProblem when it is damaged or does not fit to the model."""
        raise NotImplementedError

    def _guide(self, network: Any, pixels: np.ndarray, mask: torch.Tensor | None, use: ControlUse) -> Guide:
        """`network` at work on a picture."""
        return Guide(network, pixels, mask, use)

    @property
    def networks(self) -> list[Any]:
        """All that are in memory."""
        return list(self._networks.values())

    def hold(self, infos: dict[str, ExtraInfo], check: Callable[[], None]) -> None:
        """Have these ready, by the names that requests use. `check` may raise to stop.

        Raises ModelProblem when one is damaged or does not fit to the model.
        """
        for info in infos.values():
            check()
            if info.path not in self._networks:
                self._networks[info.path] = self._read(info)
                self._on_loaded(self._networks[info.path])
            self._networks.move_to_end(info.path)
        self._held = {name: info.path for name, info in infos.items()}
        self._forget()

    def _forget(self) -> None:
        """Those that were used longest ago, while all that nobody holds are too many bytes."""
        held = set(self._held.values())
        spare = {path: _nbytes(network) for path, network in self._networks.items() if path not in held}
        excess = sum(spare.values()) - REMEMBERED_BYTES
        for path, nbytes in spare.items():
            if excess <= 0:
                break
            del self._networks[path]
            excess -= nbytes

    def guides(self, uses: Sequence[ControlUse], pictures: Sequence[np.ndarray]) -> list[Guide]:
        """The held networks at work on `pictures`, uint8 (h, w, 3), with a fourth channel where a mask belongs to it.

        Without weight there is no work; uses of names that are not held are others'. Raises BadRequest when a union
        is asked for what it cannot follow.
        """
        made = []
        for use, pixels in zip(uses, pictures, strict=True):
            if use.weight > 0 and use.model in self._held:
                network = self._networks[self._held[use.model]]
                made.append(self._guide(network, pixels[:, :, :3], mask_of(pixels), use))
        guides.check(made)
        return made


class UNetShelf(ControlShelf):
    """The control models and T2I-Adapters of a UNet."""

    def __init__(self, host: Host, on_loaded: Callable[[Any], None]) -> None:
        super().__init__(on_loaded)
        self._host = host

    def _read(self, info: ExtraInfo) -> Any:
        return read(info, self._host)


def _nbytes(network: Any) -> int:
    return sum(weight.nbytes for weight in network.parameters())


def mask_of(pixels: np.ndarray) -> torch.Tensor | None:
    """Where a control picture counts, (1, 1, h, w) in 0..1; None: everywhere."""
    if pixels.shape[2] < 4:
        return None
    return torch.from_numpy(pixels[:, :, 3].astype(np.float32) / 255.0)[None, None]
