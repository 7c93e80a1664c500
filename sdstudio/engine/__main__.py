"""`python -m sdstudio.engine`: speaks the protocol on standard input and output until the input ends.

--fake               deterministic pictures without a model or torch
--step-delay-ms N    how long a fake step takes
--load-delay-ms N    how long a fake model load takes
"""

from __future__ import annotations

import argparse

from sdstudio import log
from sdstudio.engine import environment
from sdstudio.engine.connection import Connection
from sdstudio.engine.service import Painter, serve


def main() -> None:
    options = _parse()
    stream_in, stream_out = environment.take_streams()
    log.start("engine")
    environment.end_with_parent()
    connection = Connection(stream_in, stream_out)
    connection.start()  # before the heavy imports: the end of the stream must end those as well
    serve(connection, _painter(options))


def _painter(options: argparse.Namespace) -> Painter:
    """Imports decide which engine this process is: the fake one must never pay for torch."""
    if options.fake:
        from sdstudio.engine.fake import FakePainter

        return FakePainter(options.step_delay_ms, options.load_delay_ms)
    environment.keep_memory()
    environment.share_processors()
    environment.forbid_network()
    environment.skip_needless()
    with environment.without_collection():
        from sdstudio.engine.painter import TorchPainter

        return TorchPainter()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sdstudio-engine", description="The engine of SD Studio.")
    parser.add_argument("--fake", action="store_true", help="make deterministic pictures without a model")
    parser.add_argument("--step-delay-ms", type=int, default=0, help="how long a fake step takes")
    parser.add_argument("--load-delay-ms", type=int, default=0, help="how long a fake model load takes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
