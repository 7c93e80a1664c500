"""3 x 3 convolutions with a quarter of the multiplications: Winograd's F(4 x 4, 3 x 3) (arXiv:1509.09308, section 4.3).

Worth it where pictures are large and channels many, as in an autoencoder's decoder. Rounding is about ten times that of
the direct way: 1e-4 of the spread of the result, a hundredth of a level of a picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

_TILE = 4  # results of a tile along each side; it reads two pixels more
_READ = _TILE + 2
_LEAST_CHANNELS = 128
_LEAST_NUMBERS = 512 * 64 * 64  # read or written; with fewer the transforms take what the products save
_CACHED = 2**19  # numbers of a group of tiles' results that stay in the processor's cache
# The kernel's transform, G in the paper.
_G = ((1 / 4, 0, 0), (-1 / 6, -1 / 6, -1 / 6), (-1 / 6, 1 / 6, -1 / 6),
      (1 / 24, 1 / 12, 1 / 6), (1 / 24, -1 / 12, 1 / 6), (0, 0, 1))  # fmt: skip


def pays(given: torch.Tensor, weight: torch.Tensor) -> bool:
    """Whether this way is faster than the direct one, for a convolution of stride 1 that keeps the size."""
    height, width = given.shape[2:]
    channels = min(weight.shape[:2])
    return (
        weight.shape[2:] == (3, 3)
        and channels >= _LEAST_CHANNELS
        and channels * height * width >= _LEAST_NUMBERS
        and height % _TILE == width % _TILE == 0
    )


def kernel_bytes(weight: torch.Tensor) -> int:
    """The most that the transformed kernels of `weight` (k, c, 3, 3) take: as made, and in oneDNN's own order."""
    return 2 * weight.nbytes * _READ**2 // 9


def convolve(given: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """`given` (n, c, h, w), h and w multiples of 4, by `weight` (k, c, 3, 3), beyond the edge zeros: (n, k, h, w)."""
    count, channels, height, width = given.shape
    results, across = weight.shape[0], width // _TILE
    shape = ((0, 0), (1, 1), (1, 1), _READ**2)
    made = torch.empty(count, height, width, results)
    pixels = given.permute(0, 2, 3, 1)
    lines = min(height, _TILE * max(1, _CACHED // (_READ * across * max(channels, results))))
    seen = [1, _READ**2 * channels, lines // _TILE * across, 1]
    kernels = torch.ops.mkldnn._reorder_convolution_weight(_kernels(weight), *shape, seen)
    for picture in range(count):
        for top in range(0, height, lines):
            bottom = min(top + lines, height)
            tiles = _tiles(pixels[picture], top, bottom)
            given_tiles = tiles.view(1, -1, 1, _READ**2 * channels).permute(0, 3, 1, 2)
            products = torch.ops.mkldnn._convolution_pointwise(given_tiles, kernels, None, *shape, "none", [], "")
            products = products.permute(0, 2, 3, 1).reshape(-1, across, _READ, _READ, results)
            _gather(products, made[picture, top:bottom].view(-1, _TILE, across, _TILE, results))
            if bias is not None:
                made[picture, top:bottom] += bias
    return made.permute(0, 3, 1, 2)


def _kernels(weight: torch.Tensor) -> torch.Tensor:
    """The kernels transformed, G w Gᵀ in the paper: (36 k, c, 1, 1), place by place."""
    results, channels = weight.shape[:2]
    both = torch.kron(weight.new_tensor(_G), weight.new_tensor(_G))
    places = weight.permute(2, 3, 0, 1).reshape(9, results * channels)
    return (both @ places).view(_READ**2 * results, channels, 1, 1)


def _tiles(pixels: torch.Tensor, top: int, bottom: int) -> torch.Tensor:
    """The transformed tiles of lines `top`..`bottom` of `pixels` (h, w, c): (rows, across, 6, 6, c)."""
    height, width, channels = pixels.shape
    rows, across = (bottom - top) // _TILE, width // _TILE
    strip = pixels.new_zeros(bottom - top + 2, width + 2, channels)
    first, last = max(top - 1, 0), min(bottom + 1, height)
    strip[first - top + 1 : last - top + 1, 1:-1] = pixels[first:last]
    lines = [strip[number : number + _TILE * (rows - 1) + 1 : _TILE] for number in range(_READ)]
    upright = pixels.new_empty(rows, _READ, width + 2, channels)
    _spread(lines, upright.unbind(1))
    columns = [upright[:, :, number : number + _TILE * (across - 1) + 1 : _TILE] for number in range(_READ)]
    tiles = pixels.new_empty(rows, across, _READ, _READ, channels)
    _spread(columns, [tiles[:, :, :, number].transpose(1, 2) for number in range(_READ)])
    return tiles


def _gather(products: torch.Tensor, made: torch.Tensor) -> None:
    """Transform products (rows, across, 6, 6, k) back, into `made` (rows, 4, across, 4, k)."""
    rows, across, _, _, results = products.shape
    half = products.new_empty(rows, across, _TILE, _READ, results)
    _collect(products.unbind(2), half.unbind(2))
    _collect(half.unbind(3), [made[:, :, :, number].transpose(1, 2) for number in range(_TILE)])


def _spread(d: Sequence[torch.Tensor], out: Sequence[torch.Tensor]) -> None:
    """The data's transform along one direction, Bᵀ in the paper: six slices of the picture to six of a tile."""
    even, odd = torch.add(d[4], d[2], alpha=-4), torch.add(d[3], d[1], alpha=-4)
    torch.add(even, odd, out=out[1])
    torch.sub(even, odd, out=out[2])
    torch.sub(d[4], d[2], out=even)
    torch.sub(d[3], d[1], out=odd)
    torch.add(even, odd, alpha=2, out=out[3])
    torch.add(even, odd, alpha=-2, out=out[4])
    torch.add(d[4], d[2], alpha=-5, out=out[0]).add_(d[0], alpha=4)
    torch.add(d[5], d[3], alpha=-5, out=out[5]).add_(d[1], alpha=4)


def _collect(m: Sequence[torch.Tensor], out: Sequence[torch.Tensor]) -> None:
    """The inverse transform along one direction, Aᵀ in the paper: six slices of a tile to four of the result."""
    sum_12, difference_12 = m[1] + m[2], m[1] - m[2]
    sum_34, difference_34 = m[3] + m[4], m[3] - m[4]
    torch.add(m[0], sum_12, out=out[0]).add_(sum_34)
    torch.add(difference_12, difference_34, alpha=2, out=out[1])
    torch.add(sum_12, sum_34, alpha=4, out=out[2])
    torch.add(difference_12, difference_34, alpha=8, out=out[3]).add_(m[5])
