"""What the kernels are made of: compiler settings, exp, and dropout masks that need no memory.

Written so that LLVM turns a loop over them into vector instructions (there is no vector math
library behind numba as pip installs it).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

f32, u32, i32 = np.float32, np.uint32, np.int32


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel at its first call; the machine code is kept on disk where there is room.

    Sums may be reordered, as in torch; NaN and infinity keep their meaning, so that a diverged
    trial is noticed. Division has no branch for zero.
    """
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "fastmath": {"reassoc", "contract", "nsz", "arcp"},
    }
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return njit(**options)(function)


def inline(function: Callable[..., Any]) -> Callable[..., Any]:
    """A part of kernels, copied into them."""
    return njit(inline="always", error_model="numpy")(function)


@inline
def exp32(x):
    """e^x in float32 to 2 units in the last place, for x in [−87, 88]; below, e^−87.

    Cody–Waite reduction to |r| ≤ ½ ln 2, degree-7 polynomial, exponent set as bits (Cephes).
    """
    x = max(x, f32(-87))
    n = f32(math.floor(x * f32(1.44269504) + f32(0.5)))
    r = x - n * f32(0.693359375) + n * f32(2.12194440e-4)
    p = f32(1.9875691500e-4)
    p = p * r + f32(1.3981999507e-3)
    p = p * r + f32(8.3334519073e-3)
    p = p * r + f32(4.1665795894e-2)
    p = p * r + f32(1.6666665459e-1)
    p = p * r + f32(5.0000001201e-1)
    power = i32((i32(n) + i32(127)) << i32(23))
    return (p * r * r + r + f32(1)) * power.view(np.float32)


@inline
def exp64(x):
    """e^x in float64 with a relative error below 3e-14, for x in [−708, 0]; below, e^−708.

    Reduced as in `exp32`, then Taylor's series to the 13th power of at most ½ ln 2. The exponent's
    bits are those of n + 1023, added to 1.5 · 2⁵²: no vector instruction of AVX2 makes it an int.
    """
    x = max(x, -708.0)
    n = np.floor(x * 1.4426950408889634 + 0.5)
    r = (x - n * 0.693145751953125) - n * 1.42860682030941723212e-6
    p = 1 / 6227020800
    p = p * r + 1 / 479001600
    p = p * r + 1 / 39916800
    p = p * r + 1 / 3628800
    p = p * r + 1 / 362880
    p = p * r + 1 / 40320
    p = p * r + 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    power = np.float64(n + (1023 + 6755399441055744.0)).view(np.int64) << 52
    return p * np.int64(power).view(np.float64)


@inline
def log1p64(x):
    """log(1 + x) in float64 to 4 units in the last place, for x in [0, 1].

    2 artanh(s) of s = x / (2 + x), at most a third: its series to the 33rd power.
    """
    s = x / (2 + x)
    q = s * s
    p = 1 / 33
    p = p * q + 1 / 31
    p = p * q + 1 / 29
    p = p * q + 1 / 27
    p = p * q + 1 / 25
    p = p * q + 1 / 23
    p = p * q + 1 / 21
    p = p * q + 1 / 19
    p = p * q + 1 / 17
    p = p * q + 1 / 15
    p = p * q + 1 / 13
    p = p * q + 1 / 11
    p = p * q + 1 / 9
    p = p * q + 1 / 7
    p = p * q + 1 / 5
    p = p * q + 1 / 3
    return 2 * (s * (q * p) + s)


Mask = tuple[np.uint32, np.uint32, np.uint32, np.float32]


def dropout_mask(rate: float, seed: int) -> Mask:
    """A dropout mask for `drop`: two keys, threshold, and the factor of what is kept.

    Parameters
    ----------
    rate : share of elements dropped, to 1 in 2³².
    seed : 64 bits; equal seeds give equal masks, neighbouring ones unrelated masks
        (SplitMix64's finaliser).
    """
    z = seed & 0xFFFFFFFFFFFFFFFF
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    z = (z ^ z >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    z ^= z >> 31
    return u32(z & 0xFFFFFFFF), u32(z >> 32), u32(rate * 2**32), f32(1 / (1 - rate))


@inline
def drop(i, mask):
    """Element i of a mask: 0 if dropped, else the factor.

    A hash of i and the two keys against the threshold, so that backward asks again instead of
    storing the mask. A multiply–xorshift hash in the manner of lowbias32; the second key enters
    between rounds, so masks are no shifts of each other.
    """
    h = u32(i) ^ mask[0]
    h = u32(h * u32(0x7FEB352D))
    h = u32(h ^ u32(h >> u32(15)))
    h = u32(h ^ mask[1])
    h = u32(h * u32(0x846CA68B))
    h = u32(h ^ u32(h >> u32(13)))
    h = u32(h * u32(0x9E3779B1))
    h = u32(h ^ u32(h >> u32(16)))
    return mask[3] if h >= mask[2] else f32(0)
