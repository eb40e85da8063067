"""The functions that the statements of a numba kernel call, compiled too: those of every module, and what NumPy has.

A name that is a function of every module replaces it.
"""

from __future__ import annotations

import re

COMPILED = {
    "cross_entropy_into": '''
def cross_entropy_into(o, y, p, room):
    """Write the softmax of the rows o to p, which may be o; the sum of -y log(softmax(o)) is returned."""
    loss = 0.0
    count, width = o.shape
    for row in range(count):
        top = o[row].max()
        total = 0.0
        if y.ndim == 1:
            loss -= o[row, y[row] - row * width] - top
        for i in range(width):
            shifted = o[row, i] - top
            if y.ndim > 1:
                loss -= y.reshape(-1)[row * width + i] * shifted
            p[row, i] = math.exp(shifted)
            total += p[row, i]
        logarithm = math.log(total)
        if y.ndim == 1:
            loss += logarithm
        for i in range(width):
            p[row, i] /= total
            if y.ndim > 1:
                loss += y.reshape(-1)[row * width + i] * logarithm
    return loss
''',
    "less_target": '''
def less_target(p, y, out):
    """Write p - y; of classes y stands for the places of their ones among all entries."""
    if y.ndim == 1:
        out[:] = p
        flat = out.reshape(-1)
        for place in y:
            flat[place] -= 1
    else:
        np.subtract(p, y, out)
''',
    "picked_into": '''
def picked_into(y, q, out):
    """Write the sums of y * q over the last axis; of classes y stands for their places among all entries."""
    if y.ndim == 1:
        flat, places = out.reshape(-1), q.reshape(-1)
        for row in range(y.size):
            flat[row] = places[y[row]]
    else:
        out[:] = last_sums(y * q)
''',
    "at_step": '''
def at_step(x, steps, when):
    """An array of so many steps that is x at one step, and zero elsewhere."""
    found = np.zeros((steps,) + x.shape, x.dtype)
    found[when] = x
    return found
''',
    "erf": '''
def erf(x):
    """The error function of every entry."""
    found = np.empty_like(np.ascontiguousarray(x))
    given, flat = np.ascontiguousarray(x).reshape(-1), found.reshape(-1)
    for i in range(len(given)):
        flat[i] = math.erf(given[i])
    return found
''',
    "last_sums": '''
def last_sums(a):
    """The sums over the last axis, which stays with one entry."""
    found = np.empty(a.shape[:-1] + (1,), a.dtype)
    rows, flat = np.ascontiguousarray(a).reshape(-1, a.shape[-1]), found.reshape(-1)
    for row in range(len(rows)):
        flat[row] = rows[row].sum()
    return found
''',
    "times": '''
def times(a, b):
    """a @ b."""
    if b.ndim == 2:
        rows = np.ascontiguousarray(a).reshape(-1, a.shape[-1])
        return np.dot(rows, np.ascontiguousarray(b)).reshape(a.shape[:-1] + (b.shape[1],))
    left = np.ascontiguousarray(a).reshape(-1, a.shape[-2], a.shape[-1])
    right = np.ascontiguousarray(b).reshape(-1, b.shape[-2], b.shape[-1])
    found = np.empty(a.shape[:-1] + (b.shape[-1],), a.dtype)
    flat = found.reshape(-1, a.shape[-2], b.shape[-1])
    for i in range(len(left)):
        flat[i] = np.dot(left[i], right[i])
    return found
''',
    "turned": '''
def turned(a):
    """The matrices of the last two axes, transposed."""
    if a.ndim == 2:
        return a.T
    if a.ndim == 3:
        return a.transpose(0, 2, 1)
    return a.transpose(0, 1, 3, 2)
''',
    "log_softmax": '''
def log_softmax(o):
    """log(softmax(o)) over the last axis, finite where softmax(o) is zero to rounding."""
    rows = np.ascontiguousarray(o).reshape(-1, o.shape[-1])
    found = np.empty_like(rows)
    for row in range(len(rows)):
        top, total = rows[row].max(), 0.0
        for i in range(rows.shape[1]):
            total += math.exp(rows[row, i] - top)
        for i in range(rows.shape[1]):
            found[row, i] = rows[row, i] - top - math.log(total)
    return found.reshape(o.shape)
''',
    "softmax": '''
def softmax(o):
    """exp(o) / sum(exp(o)) over the last axis, shifted so that nothing overflows."""
    return np.exp(log_softmax(o))
''',
    "softmax_into": '''
def softmax_into(o, p, log_p):
    """Write softmax(o) to p and its logarithm to log_p."""
    log_p[:] = log_softmax(o)
    p[:] = np.exp(log_p)
''',
    "log_likelihood": '''
def log_likelihood(y, o):
    """log(sum of y * softmax(o)) over the last axis, finite where the softmax rounds to zero."""
    found = np.empty(o.shape[:-1] + (1,), o.dtype)
    rows, flat = np.ascontiguousarray(o).reshape(-1, o.shape[-1]), found.reshape(-1)
    given = np.ascontiguousarray(y).reshape(-1, o.shape[-1])
    for row in range(len(rows)):
        most, top = rows[row].max(), -math.inf
        for i in range(rows.shape[1]):
            if given[row, i] > 0:
                top = max(top, rows[row, i])
        chosen = total = 0.0
        for i in range(rows.shape[1]):
            total += math.exp(rows[row, i] - most)
            if given[row, i] > 0:
                chosen += given[row, i] * math.exp(rows[row, i] - top)
        flat[row] = math.log(chosen) + top - most - math.log(total)
    return found
''',
    "posterior": '''
def posterior(y, o):
    """softmax(o + log(y)) over the last axis, finite where y is zero and where softmax(o) rounds to zero."""
    rows = np.ascontiguousarray(o).reshape(-1, o.shape[-1])
    given = np.ascontiguousarray(y).reshape(-1, o.shape[-1])
    found = np.zeros_like(rows)
    for row in range(len(rows)):
        top, total = -math.inf, 0.0
        for i in range(rows.shape[1]):
            if given[row, i] > 0:
                top = max(top, rows[row, i])
        for i in range(rows.shape[1]):
            if given[row, i] > 0:
                found[row, i] = given[row, i] * math.exp(rows[row, i] - top)
                total += found[row, i]
        found[row] /= total
    return found.reshape(o.shape)
''',
}


def compiled_functions(code: str) -> list[str]:
    """The names of the functions that some code calls, each after those that it calls itself."""
    found: list[str] = []
    for name, source in COMPILED.items():
        if re.search(rf"(?<![\w.]){name}\(", code):
            inner = source.partition('"""\n')[2]
            found += [x for x in (*compiled_functions(inner), name) if x not in found]
    return found
