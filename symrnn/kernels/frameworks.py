"""The frameworks that kernels are written for, as data: their names of NumPy's functions, and what wraps a kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Framework:
    """A framework of functions of arrays.

    ``words`` says what stands for NumPy's functions, the first that fits; ``tail`` is the end of every module.
    """

    title: str
    imports: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)
    tail: str = ""


SOFTMAX = '''

def softmax(o):
    """exp(o) / sum(exp(o)) over the last axis, shifted so that nothing overflows."""
    p = np.exp(o - np.amax(o, -1, keepdims=True))
    return p / np.sum(p, -1, keepdims=True)


def log_softmax(o):
    """log(softmax(o)) over the last axis, finite where softmax(o) is zero to rounding."""
    shifted = o - np.amax(o, -1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), -1, keepdims=True))


def log_likelihood(y, o):
    """log(sum of y * softmax(o)) over the last axis, finite where the softmax rounds to zero."""
    top, most = np.amax(np.where(y > 0, o, -math.inf), -1, keepdims=True), np.amax(o, -1, keepdims=True)
    chosen = np.sum(y * np.exp(np.where(y > 0, o - top, 0.0)), -1, keepdims=True)
    return np.log(chosen) + top - most - np.log(np.sum(np.exp(o - most), -1, keepdims=True))


def posterior(y, o):
    """softmax(o + log(y)) over the last axis, finite where y is zero and where softmax(o) rounds to zero."""
    top = np.amax(np.where(y > 0, o, -math.inf), -1, keepdims=True)
    weights = y * np.exp(np.where(y > 0, o - top, 0.0))
    return weights / np.sum(weights, -1, keepdims=True)


def at_step(x, steps, when):
    """An array of so many steps that is x at one step, or at one of each sequence, and zero elsewhere."""
    here = np.arange(steps)[:, None] == when
    return here.reshape(*here.shape, *[1] * (x.ndim - 1)) * x


def fit(values):
    """Raise ValueError for values that are missing or whose shapes clash."""
    sizes = {}
    for name, axes in SHAPES.items():
        if name not in values:
            raise ValueError(f"no value for {name}: an array ({', '.join(axes)})")
        shape = tuple(values[name].shape)
        if name in CLASSES and "int" in str(values[name].dtype):
            axes = axes[:-1]
        fits = len(shape) == len(axes) and all(shape)
        for axis, size in zip(axes, shape):
            if axis.isidentifier():
                fits = fits and sizes.setdefault(axis, size) == size
        if not fits:
            known = ", ".join(f"{axis} = {size}" for axis, size in sizes.items())
            wanted = f"({', '.join(axes)}), none of them 0"
            raise ValueError(f"{name} has shape {shape}, and is to be {wanted}; so far {known}")
'''

TORCH_TAIL = '''

def distribution(y, rank, count, dtype):
    """A target as distributions over its classes. Raises ValueError for a class that is none."""
    if y.ndim == rank:
        return y
    if bool((y < 0).any()) or bool((y >= count).any()):
        raise ValueError(f"a target has classes {int(y.min())}..{int(y.max())}: give whole numbers in 0..{count - 1}")
    return torch.nn.functional.one_hot(y.long(), count).to(dtype)


def scan(one_step, past, here, reverse=False):
    """Compute a step for every step of some arrays, and stack what it keeps."""
    steps = range(len(here[0]))
    kept = []
    for t in reversed(steps) if reverse else steps:
        past, now = one_step(past, tuple(array[t] for array in here))
        kept.append(now)
    if reverse:
        kept.reverse()
    return past, tuple(torch.stack(column) for column in zip(*kept))


NAMES = (*SHAPES, *LENGTHS)


class Loss(torch.autograd.Function):
    """The loss as a function of its values in the order of NAMES, with the derived backward pass."""

    @staticmethod
    def forward(ctx, *arrays):
        """The loss."""
        wanted = [name for name, needed in zip(NAMES, ctx.needs_input_grad) if needed]
        missing = [name for name in wanted if name not in GRADIENTS]
        if missing:
            raise ValueError(f"this kernel was made without the gradient of {missing[0]}")
        with torch.device(arrays[0].device):
            loss, tape = forward(dict(zip(NAMES, arrays)))
        ctx.count = len(arrays)
        ctx.save_for_backward(*arrays, *tape)
        return loss

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, d_loss):
        """The gradients of the values, None where there is none."""
        kept = ctx.saved_tensors
        values = dict(zip(NAMES, kept[: ctx.count]))
        with torch.device(kept[0].device):
            found = backward(values, kept[ctx.count :])
        return tuple(d_loss * found[name] if name in found else None for name in NAMES)


def loss(values):
    """The loss of tensors by name, summed over the batch; ``loss(values).backward()`` works as usual."""
    fit(values)
    return Loss.apply(*(values[name] for name in NAMES))


def value_and_grad(values):
    """The loss, summed over the batch, and the dictionary of its gradients."""
    fit(values)
    with torch.no_grad(), torch.device(values[NAMES[0]].device):
        found, tape = forward(values)
        return found, backward(values, tape)
'''

JAX_TAIL = '''

def distribution(y, rank, count, dtype):
    """A target as distributions over its classes; NaN, and so is the loss, for a class that is none."""
    if y.ndim == rank:
        return y
    known = (y >= 0) & (y < count)
    return jnp.where(known[..., None], jax.nn.one_hot(y, count, dtype=dtype), jnp.nan)


scan = jax.lax.scan


@jax.custom_vjp
def _loss(values):
    return forward(values)[0]


def _forward(values):
    found, tape = forward(values)
    return found, (values, tape)


def _backward(kept, d_loss):
    values, tape = kept
    found = backward(values, tape)
    rest = {name: _nothing(array) for name, array in values.items() if name not in found}
    return ({**{name: d_loss * array for name, array in found.items()}, **rest},)


def _nothing(array):
    """The derivative by what this kernel has no gradient of: zero, as after jax.lax.stop_gradient."""
    whole = jnp.issubdtype(array.dtype, jnp.integer)
    return numpy.zeros(array.shape, jax.dtypes.float0) if whole else jnp.zeros_like(array)


_loss.defvjp(_forward, _backward)


def loss(values):
    """The loss of arrays by name, summed over the batch, for jax.grad and jax.jit."""
    fit(values)
    return _loss(values)


@jax.jit
def value_and_grad(values):
    """The loss, summed over the batch, and the dictionary of its gradients."""
    fit(values)
    found, tape = forward(values)
    return found, backward(values, tape)
'''

FRAMEWORKS: dict[str, Framework] = {
    "torch": Framework(
        "torch: an autograd.Function",
        ("import math", "", "import torch"),
        {
            r"erf\(": "torch.erf(",
            r"np\.concatenate\(": "torch.cat(",
            r"np\.dot\(": "torch.matmul(",
            r"np\.add\.reduce\(": "torch.sum(",
            r"\.astype\(dtype\)": " * torch.ones((), dtype=dtype)",
            r"keepdims=True": "keepdim=True",
            r"np\.": "torch.",
        },
        TORCH_TAIL,
    ),
    "jax": Framework(
        "jax: a function with custom_vjp, jit-able",
        ("import math", "", "import jax", "import jax.numpy as jnp", "import numpy"),
        {r"erf\(": "jax.scipy.special.erf(", r"np\.add\.reduce\(": "jnp.sum(", r"np\.": "jnp."},
        JAX_TAIL,
    ),
}
