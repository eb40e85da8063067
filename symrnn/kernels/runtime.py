"""What every generated module carries: the checks of what it is given, and softmax.

The functions below the line are copied into the module as they stand.  ``SHAPES`` there says what each value is
to be, ``TARGETS`` which are distributions over classes, ``LENGTHS`` the numbers of steps of padded sequences.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

SHAPES: dict[str, tuple[str, ...]] = {}
CLASSES: tuple[str, ...] = ()
LENGTHS: dict[str, str] = {}
KNOWN: dict[object, Any] = {}

# ------------------------------------------------------------------------------------------------------------


def softmax(o: Any) -> Any:
    """exp(o) / sum(exp(o)) over the last axis, shifted so that nothing overflows."""
    p = np.exp(o - o.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    return p


def log_softmax(o: Any) -> Any:
    """log(softmax(o)) over the last axis, finite where softmax(o) is zero to rounding."""
    shifted = o - o.max(-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(-1, keepdims=True))
    return shifted


def at_step(x: Any, steps: int, when: Any) -> Any:
    """An array of so many steps that is x at one step, or at one of each sequence, and zero elsewhere."""
    found = np.zeros((steps, *x.shape), x.dtype)
    found[when if np.ndim(when) == 0 else (when, np.arange(len(x)))] = x
    return found


def softmax_into(o: Any, p: Any, log_p: Any) -> None:
    """Write softmax(o) to p and its logarithm to log_p, from one exponential."""
    np.subtract(o, np.maximum.reduce(o, axis=-1, keepdims=True), log_p)
    np.exp(log_p, p)
    total = np.add.reduce(p, axis=-1, keepdims=True)
    np.divide(p, total, p)
    np.subtract(log_p, np.log(total), log_p)


def checked(values: Mapping[str, Any]) -> tuple[dict[str, Any], object]:
    """The values as arrays of one type, float32 or float64, whose shapes fit each other, and a key for these.

    Raises ValueError (TypeError for what is no dictionary of arrays of floats), which names the argument.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"values are {type(values).__name__}: give a dictionary of arrays, by name")
    key = tuple([(a.shape, a.dtype.num) if type(a) is np.ndarray else None for a in map(values.get, SHAPES)])
    found = {name: values[name] for name in SHAPES} if key in KNOWN else _shaped(values)
    if key not in KNOWN:
        KNOWN.clear()
        KNOWN[key] = _sizes(found)
    sizes, dtype, classes = KNOWN[key]
    if not math.isfinite(sum([np.vdot(a, a) for name, a in found.items() if name not in classes])):
        _finite(found)
    for name in CLASSES:
        if name in classes:
            found[name] = _one_hot(name, found[name], _size(SHAPES[name][-1], sizes), dtype)
        else:
            _sums_to_one(name, found[name])
    for name, length in LENGTHS.items():
        found[name] = _lengths(name, values, sizes[length], sizes["batch"])
    return found, key


def _finite(found: Mapping[str, Any]) -> None:
    """Raises ValueError for NaN and infinity."""
    for name, array in found.items():
        if not np.isfinite(array).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise ValueError(
                f"{name}, of shape {array.shape}, is {array[place]} at {place}: give finite numbers"
            )


def _shaped(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as arrays of one type whose shapes fit each other."""
    sizes: dict[str, int] = {}
    found: dict[str, Any] = {}
    first = ""
    for name, axes in SHAPES.items():
        if name not in values:
            raise ValueError(f"no value for {name}: an array ({', '.join(axes)})")
        array = np.asarray(values[name])
        kind = array.dtype
        classes = name in CLASSES and kind.kind in "iu"
        if classes and array.ndim == len(axes) - 1:
            found[name] = array
        elif kind != np.float64 and kind != np.float32:
            raise TypeError(f"{name} is an array of {kind}: give float64 or float32")
        elif first and kind != found[first].dtype:
            raise TypeError(f"{name} is {kind}, {first} is {found[first].dtype}: give one type")
        else:
            found[name] = array
            first = first or name
        _fit(name, array.shape, axes[:-1] if classes else axes, sizes)
    return found


def _sizes(found: Mapping[str, Any]) -> tuple[dict[str, int], Any, set[str]]:
    """Of arrays that fit: the sizes of the axes, the type of the numbers, and which targets are given as classes."""
    sizes = {
        axis: size for name, a in found.items() for axis, size in zip(SHAPES[name], a.shape, strict=False)
    }
    dtype = next(a.dtype for a in found.values() if a.dtype.kind == "f")
    return sizes, dtype, {name for name in CLASSES if found[name].dtype.kind in "iu"}


def _fit(name: str, shape: Sequence[int], axes: Sequence[str], sizes: dict[str, int]) -> None:
    """Note the sizes that a shape tells. Raises ValueError where it does not fit those that are known."""
    fits = len(shape) == len(axes)
    if fits:
        for axis, size in zip(axes, shape, strict=True):
            if axis.isidentifier():
                fits = fits and sizes.setdefault(axis, size) == size and size > 0
        fits = fits and all(
            a.isidentifier() or not _known(a, sizes) or _size(a, sizes) == k
            for a, k in zip(axes, shape, strict=True)
        )
    if not fits:
        known = ", ".join(f"{axis} = {size}" for axis, size in sizes.items())
        raise ValueError(
            f"{name} has shape {tuple(shape)}, and is to be ({', '.join(axes)}), all of them 1 or more; so far {known}"
        )


def _known(axis: str, sizes: Mapping[str, int]) -> bool:
    return all(part.isdigit() or part in sizes for part in axis.replace("*", "+").replace(" ", "").split("+"))


def _size(axis: str, sizes: Mapping[str, int]) -> int:
    """The size of an axis: n, 1, m + n, 2*n."""
    terms = [term.split("*") for term in axis.replace(" ", "").split("+")]
    return sum(math.prod(int(p) if p.isdigit() else sizes[p] for p in term) for term in terms)


def _one_hot(name: str, classes: Any, count: int, dtype: Any) -> Any:
    if np.minimum.reduce(classes, None) < 0 or np.maximum.reduce(classes, None) >= count:
        wrong = int(classes[(classes < 0) | (classes >= count)][0])
        raise ValueError(f"{name} has the class {wrong}: give whole numbers in 0..{count - 1}")
    return np.eye(count, dtype=dtype).take(classes, 0)


def _sums_to_one(name: str, target: Any) -> None:
    """Raises ValueError where the entries of a target do not sum to one: the derivation takes it for granted."""
    wrong = np.abs(target.sum(-1) - 1) > 1e-5
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"{name} sums to {target[place].sum():.6g} at {place}: its entries are to sum to one"
        )


def _lengths(name: str, values: Mapping[str, Any], most: int, batch: int) -> Any:
    if name not in values:
        raise ValueError(
            f"no value for {name}: whole numbers (batch,), the numbers of steps of the sequences"
        )
    lengths = np.asarray(values[name])
    if lengths.shape != (batch,) or lengths.dtype.kind not in "iu":
        raise ValueError(f"{name} is {lengths.dtype} {lengths.shape}, and is to be whole numbers ({batch},)")
    if lengths.min() < 1 or lengths.max() > most:
        raise ValueError(f"{name} is {lengths.min()}..{lengths.max()}, and is to be in 1..{most}")
    return lengths
