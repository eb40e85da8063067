"""What every generated module carries: the checks of what it is given, and where that is put.

The functions below the line are copied into the module as they stand.  ``SHAPES`` there says what each value is
to be, ``CLASSES`` which are distributions over classes, ``LENGTHS`` the numbers of steps of padded sequences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from numpy import maximum, vdot

SHAPES: dict[str, tuple[str, ...]] = {}
CLASSES: tuple[str, ...] = ()
PICKED: tuple[str, ...] = ()
LENGTHS: dict[str, str] = {}
WORK: dict[str, Any] = {}
KIND = attrgetter("shape", "dtype")
CACHE = (
    1 << 17
)  # bytes: what feeds a loop, and what the loop makes of it, is to stay in the second-level cache
FEW = 32  # numbers that Python compares faster than NumPy


def workspace(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of a call: every module has its own."""
    raise NotImplementedError(values)


# ------------------------------------------------------------------------------------------------------------


def steps_in_cache(steps: int, size: int) -> int:
    """How many steps, of so many bytes each, what feeds a loop is computed for at a time."""
    return min(steps, max(1, CACHE // size))


def spans(steps: int, most: int) -> list[tuple[int, int]]:
    """The steps in parts of at most so many: where each starts and stops."""
    return [(start, min(start + most, steps)) for start in range(0, steps, most)]


def room_for_factor(height: int, width: int, batch: int, dtype: Any) -> Any:
    """A matrix that rows are multiplied by; for a single row it is faster to fill when it is stored by columns."""
    return np.empty((height, width), dtype) if batch > 1 else np.empty((width, height), dtype).T


def piece(memory: Any, first: int, shape: tuple[int, ...]) -> Any:
    """An array of a shape in some memory, from an entry of it on."""
    return memory[first : first + math.prod(shape)].reshape(shape)


def together(dtype: Any, *shapes: tuple[int, ...]) -> tuple[Any, list[Any]]:
    """One array of numbers, and the arrays of these shapes that it consists of, one after another."""
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    packed = np.empty(ends[-1], dtype)
    return packed, [
        part.reshape(shape) for part, shape in zip(np.split(packed, ends[:-1]), shapes, strict=True)
    ]


def ready(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of the steps, and the workspace with the other values in their places.

    Raises ValueError (TypeError for what is no dictionary of arrays of floats), which names the argument.
    """
    if type(values) is not dict and not isinstance(values, Mapping):
        raise TypeError(f"values are {type(values).__name__}: give a dictionary of arrays, by name")
    arrays: list[Any] = [*map(values.get, SHAPES)]
    work = WORK.pop("last", None)
    if work is None or [*map(type, arrays)] != work["types"] or [*map(KIND, arrays)] != work["kinds"]:
        arrays = _shaped(values)
        if work is None or [*map(KIND, arrays)] != work["kinds"]:
            work = _prepared(arrays)
    for place, array in zip(work["places"], arrays):  # noqa: B905 - what moves comes last
        place[...] = array
    given = {name: arrays[number] for name, number in work["moving"]}
    squares = vdot(work["packed"], work["packed"])
    for name in work["floats"]:
        squares += vdot(given[name], given[name])
    if not math.isfinite(squares):
        _finite(dict(zip(SHAPES, arrays, strict=True)))
    return _read(given, values, work), work


def places(values: Mapping[str, Any]) -> tuple[dict[str, Any], Callable[[], dict[str, Any]], dict[str, Any]]:
    """Arrays to change in place, by name; a function that puts them where the statements read; the workspace.

    All is checked once, as by ``ready``; from then on, at each call, classes and lengths alone.
    """
    given, work = ready(values)
    packed = work["packed"]
    kept = packed.copy()
    own: dict[str, Any] = {}
    for name, place in zip(SHAPES, work["places"]):  # noqa: B905 - what moves comes last
        first = (place.ctypes.data - packed.ctypes.data) // packed.itemsize
        own[name] = piece(kept, first, place.shape)
        own[name][...] = values[name]
    own |= {name: np.array(values[name]) for name in given}

    def put() -> dict[str, Any]:
        packed[...] = kept
        return _read({name: own[name] for name, _ in work["moving"]}, own, work)

    return own, put, work


def _read(given: dict[str, Any], values: Mapping[str, Any], work: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the steps, with targets and lengths as the statements read them."""
    for name in CLASSES:
        given[name] = _target(name, given[name], work)
    for name, length in LENGTHS.items():
        given[name] = _lengths(name, values, work["sizes"][length], work["sizes"]["batch"])
    return given


def _prepared(arrays: list[Any]) -> dict[str, Any]:
    """A workspace for arrays that fit each other."""
    found = dict(zip(SHAPES, arrays, strict=True))
    sizes = {
        axis: size for name, a in found.items() for axis, size in zip(SHAPES[name], a.shape, strict=False)
    }
    work = workspace(found)
    count = len(work["places"])
    return work | {
        "types": [np.ndarray] * len(arrays),
        "kinds": [*map(KIND, arrays)],
        "moving": [*zip(SHAPES, range(len(arrays)), strict=True)][count:],
        "floats": [name for name in [*SHAPES][count:] if found[name].dtype.kind == "f"],
        "sizes": sizes,
        "classes": {name: _classes(found[name], _size(SHAPES[name][-1], sizes)) for name in CLASSES},
    }


def _classes(target: Any, count: int) -> tuple[Any, Any, Any, int] | None:
    """Room for a target that is given as classes: as whole numbers, unsigned too, and the places of its ones."""
    if target.dtype.kind == "f":
        return None
    found = np.empty(target.size, np.int64)
    return found, found.view(np.uint64), np.arange(0, target.size * count, count), count


def _target(name: str, target: Any, work: Mapping[str, Any]) -> Any:
    """A target as the statements read it. Raises ValueError for a class that is none, and sums other than one."""
    room = work["classes"][name]
    if room is None:
        return _sums_to_one(name, target)
    classes, unsigned, starts, count = room
    classes[:] = target.reshape(-1)
    most = max(unsigned.tolist()) if len(unsigned) < FEW else maximum.reduce(unsigned)
    if most >= count:  # a negative number is a high one here
        wrong = classes[unsigned >= count][0]
        raise ValueError(f"{name} has the class {wrong}: give whole numbers in 0..{count - 1}")
    places = np.add(starts, classes, classes)
    if name in PICKED:
        return places
    found = np.zeros((*target.shape, count), work["packed"].dtype)
    found.reshape(-1)[places] = 1
    return found


def _finite(found: Mapping[str, Any]) -> None:
    """Raises ValueError for NaN and infinity."""
    for name, array in found.items():
        if not np.isfinite(array).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise ValueError(
                f"{name}, of shape {array.shape}, is {array[place]} at {place}: give finite numbers"
            )


def _shaped(values: Mapping[str, Any]) -> list[Any]:
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
    return [*found.values()]


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


def _sums_to_one(name: str, target: Any) -> Any:
    """The target. Raises ValueError where its entries do not sum to one: the derivation takes it for granted."""
    wrong = np.abs(target.sum(-1) - 1) > 1e-5
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"{name} sums to {target[place].sum():.6g} at {place}: its entries are to sum to one"
        )
    return target


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
