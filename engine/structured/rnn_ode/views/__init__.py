"""The pictures of the RNN and ODE lab."""

from engine.core.topic import View
from engine.structured.rnn_ode.params import FIT, LOGISTIC, SOLVE
from engine.structured.rnn_ode.views import fit, solve

VIEWS = (
    View("curves", "Cell and equation", "A dot is a state of the cell; dashed, the exact solution with the same weights; rings, measurements.", solve.curves),
    View("phase", "Phase plane", "Arrows: where the equation leads. Dotted: where one component stands still; dots: the cell's states.", solve.phase, ~LOGISTIC),
    View("orders", "Error and step size", "How far each cell is from the exact solution at the end, with steps of any size; dashed, slopes 1, 2, 4.", solve.orders, SOLVE),
    View("bifurcation", "Where it ends up", "Last states of Euler's cell for every hr; large dots: this run's.", solve.bifurcation, LOGISTIC),
    View("strip", "Signal sent backward", "One box per step of the unrolled cell: how much the loss would change with its state.", fit.strip, FIT),
    View("weights", "Weights found", "Each weight over its true value, with two standard errors either way.", fit.weights, FIT),
    View("sloppy", "Stiff and sloppy directions", "How strongly the residuals answer to a change of the weights, in six directions.", fit.sloppy, FIT),
)  # fmt: skip
