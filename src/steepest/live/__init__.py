"""What moves in the page: rules compiled to JavaScript and LaTeX, and the widgets that use them."""

from steepest.live.compile import latex, show_rule
from steepest.live.trace import CompileError, trace

__all__ = ["CompileError", "latex", "show_rule", "trace"]
