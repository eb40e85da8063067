"""From text to model: syntax, names, shapes, nodes."""

from symrnn.reading.reader import Function as Function
from symrnn.reading.reader import as_lambda as as_lambda
from symrnn.reading.reader import read as read
