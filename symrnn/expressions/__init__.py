"""The matrix expressions of a recurrent network: SymPy nodes that keep their order and their shape.

SymPy's own matrix sums and products sort their arguments, accept symbolic shapes that cannot match and
give every elementwise function a fresh dummy, so that two equal expressions differ.  These nodes do not.
Build them with the lower-case constructors.
"""

from symrnn.expressions.constructors import apply as apply
from symrnn.expressions.constructors import diag as diag
from symrnn.expressions.constructors import diagonal as diagonal
from symrnn.expressions.constructors import fill as fill
from symrnn.expressions.constructors import hadamard as hadamard
from symrnn.expressions.constructors import inner as inner
from symrnn.expressions.constructors import only as only
from symrnn.expressions.constructors import over as over
from symrnn.expressions.constructors import plus as plus
from symrnn.expressions.constructors import product as product
from symrnn.expressions.constructors import remake as remake
from symrnn.expressions.constructors import rows as rows
from symrnn.expressions.constructors import scale as scale
from symrnn.expressions.constructors import spans as spans
from symrnn.expressions.constructors import stack as stack
from symrnn.expressions.constructors import total as total
from symrnn.expressions.constructors import transposed as transposed
from symrnn.expressions.constructors import vanishes as vanishes
from symrnn.expressions.leaf import CLOCKS as CLOCKS
from symrnn.expressions.leaf import LENGTHS as LENGTHS
from symrnn.expressions.leaf import Adjoint as Adjoint
from symrnn.expressions.leaf import Leaf as Leaf
from symrnn.expressions.leaf import Variable as Variable
from symrnn.expressions.node import Array as Array
from symrnn.expressions.node import Node as Node
from symrnn.expressions.node import Ring as Ring
from symrnn.expressions.node import Shape as Shape
from symrnn.expressions.node import ShapeError as ShapeError
from symrnn.expressions.node import dimension as dimension
from symrnn.expressions.node import rebuilt as rebuilt
from symrnn.expressions.node import same as same
from symrnn.expressions.node import same_shape as same_shape
from symrnn.expressions.node import shape_text as shape_text
from symrnn.expressions.operations import Apply as Apply
from symrnn.expressions.operations import Diag as Diag
from symrnn.expressions.operations import Diagonal as Diagonal
from symrnn.expressions.operations import Fill as Fill
from symrnn.expressions.operations import Hadamard as Hadamard
from symrnn.expressions.operations import Only as Only
from symrnn.expressions.operations import Over as Over
from symrnn.expressions.operations import Plus as Plus
from symrnn.expressions.operations import Product as Product
from symrnn.expressions.operations import Rows as Rows
from symrnn.expressions.operations import Scale as Scale
from symrnn.expressions.operations import Softmax as Softmax
from symrnn.expressions.operations import Stack as Stack
from symrnn.expressions.operations import Total as Total
from symrnn.expressions.operations import Transposed as Transposed
from symrnn.expressions.walk import leaves as leaves
from symrnn.expressions.walk import relabel as relabel
from symrnn.expressions.walk import replace_leaves as replace_leaves
from symrnn.expressions.walk import shift as shift
from symrnn.expressions.walk import size as size
