"""The forms of one derivation: each a transformation of the backward pass, each proved equal to it.

A form is a function of the model and its backward pass (see reverse in adjoint.py); adding one is its file
and its line here.
"""

from __future__ import annotations

from collections.abc import Callable

from symrnn.equations import Model
from symrnn.forms.closed import closed_form as closed_form
from symrnn.forms.closed import prove_closed_form as prove_closed_form
from symrnn.forms.components import components
from symrnn.forms.composition import composition
from symrnn.forms.delta import delta
from symrnn.forms.form import Form as Form
from symrnn.forms.product import jacobian_product
from symrnn.forms.proving import prove_form as prove_form
from symrnn.forms.recurrence import recurrence
from symrnn.forms.total import total
from symrnn.forms.unrolled import unrolled

FORMS: dict[str, Callable[[Model, Model], Form]] = {
    "recurrence": recurrence,
    "unrolled": unrolled,
    "delta": delta,
    "total": total,
    "product": jacobian_product,
    "composition": composition,
    "components": components,
}
