"""How frameworks store the parameters of a recurrent layer: one table of gate orders, layouts and split biases.

Each array of a layer is a stack of blocks, one for every parameter of our cell that it holds.  Where two arrays
have a block for the same parameter (a bias of the input and one of the state), the parameter is their sum.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stack:
    """One array of a framework: for each block, from the first row on, the name of the parameter it adds to.

    ``axes`` is the layout, an index into the array of blocks (blocks n, columns) or, of a vector, (blocks n,):
    "rows" as it is; "columns" transposed, (columns, blocks n); "directions" with a leading axis of length 1;
    "halves" a vector as two rows.  An ``optional`` array is zero where it is not there.
    """

    name: str
    blocks: tuple[str, ...]
    axes: str = "rows"
    optional: bool = False


@dataclass(frozen=True)
class Convention:
    """A layer: the built-in cell that it is, where its definition stands, its arrays.

    ``negated`` are the gates whose sigmoid is one minus ours, 1 - sigmoid(a) = sigmoid(-a): their parameters
    change sign.
    """

    cell: str
    source: str
    arrays: tuple[Stack, ...]
    negated: str = ""

    def sign(self, parameter: str) -> int:
        """-1 for a parameter of a negated gate, else 1."""
        return -1 if parameter.endswith(f"_{self.negated}") and self.negated else 1


def _gates(kind: str, order: str) -> tuple[str, ...]:
    """("W", "ifgo") as W_i, W_f, W_g, W_o."""
    return tuple(f"{kind}_{gate}" for gate in order)


def _torch(cell: str, of_x: tuple[str, ...], of_h: tuple[str, ...], *biases: tuple[str, ...]) -> Convention:
    return Convention(
        cell,
        f"PyTorch documentation, torch.nn.{cell.split('-')[0].upper()}",
        (
            Stack("weight_ih_l0", of_x),
            Stack("weight_hh_l0", of_h),
            Stack("bias_ih_l0", biases[0], optional=True),
            Stack("bias_hh_l0", biases[-1], optional=True),
        ),
    )


def _keras(
    cell: str, layer: str, of_x: tuple[str, ...], of_h: tuple[str, ...], bias: Stack, negated: str = ""
) -> Convention:
    return Convention(
        cell,
        f"Keras API documentation, keras.layers.{layer}",
        (Stack("kernel", of_x, "columns"), Stack("recurrent_kernel", of_h, "columns"), bias),
        negated,
    )


def _keras_bias(*blocks: str, axes: str = "rows") -> Stack:
    return Stack("bias", blocks, axes, optional=True)


def _onnx(
    cell: str,
    operator: str,
    of_x: tuple[str, ...],
    of_h: tuple[str, ...],
    bias: tuple[str, ...],
    negated: str = "",
) -> Convention:
    return Convention(
        cell,
        f"ONNX operator specification, {operator}",
        (
            Stack("W", of_x, "directions"),
            Stack("R", of_h, "directions"),
            Stack("B", bias, "directions", optional=True),
        ),
        negated,
    )


def _with_peepholes(convention: Convention) -> Convention:
    peepholes = Stack("P", _gates("p", "iof"), "directions")
    return Convention("lstm-peephole", convention.source, (*convention.arrays, peepholes))


# The plain cell calls the matrix of the state W and that of the input U; the gated cells have it the other way round.
PLAIN = (("U",), ("W",))
ZRH, RZH, IFGO, IOFG = ((_gates("W", order), _gates("U", order)) for order in ("zrh", "rzh", "ifgo", "iofg"))
ONNX_LSTM = _onnx("lstm", "LSTM", *IOFG, 2 * _gates("b", "iofg"))

CONVENTIONS = {
    "torch.nn.RNN": _torch("rnn", *PLAIN, ("b",)),
    "torch.nn.RNN, relu": _torch("rnn-relu", *PLAIN, ("b",)),
    "torch.nn.LSTM": _torch("lstm", *IFGO, _gates("b", "ifgo")),
    "torch.nn.GRU": _torch("gru-reset-after", *RZH, _gates("b", "rzh"), ("b_r", "b_z", "b_u")),
    "keras.layers.SimpleRNN": _keras("rnn", "SimpleRNN", *PLAIN, _keras_bias("b")),
    "keras.layers.LSTM": _keras("lstm", "LSTM", *IFGO, _keras_bias(*_gates("b", "ifgo"))),
    "keras.layers.GRU": _keras(
        "gru-reset-after", "GRU", *ZRH, _keras_bias(*_gates("b", "zrh"), "b_z", "b_r", "b_u", axes="halves")
    ),
    "keras.layers.GRU, reset_after=False": _keras(
        "gru", "GRU", *ZRH, _keras_bias(*_gates("b", "zrh")), negated="z"
    ),
    "onnx.RNN": _onnx("rnn", "RNN", *PLAIN, ("b", "b")),
    "onnx.LSTM": ONNX_LSTM,
    "onnx.LSTM, peepholes": _with_peepholes(ONNX_LSTM),
    "onnx.GRU": _onnx("gru", "GRU", *ZRH, 2 * _gates("b", "zrh"), negated="z"),
    "onnx.GRU, linear_before_reset=1": _onnx(
        "gru-reset-after", "GRU", *ZRH, (*_gates("b", "zrh"), "b_z", "b_r", "b_u")
    ),
}
"""The layers by name: one layer, one direction, the activations that are the frameworks' defaults.

The GRU of torch, of Keras with reset_after, and of ONNX with linear_before_reset is gru-reset-after: its candidate
has two biases, b_h outside the reset gate and b_u inside.  In the other GRU of Keras and ONNX z keeps the old state,
in ours it weighs the candidate: z is negated.
"""
