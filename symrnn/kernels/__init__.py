"""Derivations as code that computes them."""

from symrnn.kernels.fixed import DEFAULT_SIZE as DEFAULT_SIZE
from symrnn.kernels.fixed import FixedKernel as FixedKernel
from symrnn.kernels.fixed import fixed_kernel as fixed_kernel
from symrnn.kernels.made import Kernel as Kernel
from symrnn.kernels.made import kernel as kernel
