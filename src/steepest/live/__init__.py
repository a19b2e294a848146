"""What moves in the page: rules compiled to JavaScript and LaTeX, and the widgets that use them."""

from steepest.linefit import LineFit
from steepest.live.controls import Choice, Slider
from steepest.live.edge import EdgeOfStability
from steepest.live.explorer import Explorer, Goal
from steepest.live.frames import frames
from steepest.live.lab import TuningLab
from steepest.live.latex import latex, show_rule
from steepest.live.liveplot import LiveMap, LivePlot, Task
from steepest.live.predict import Predict, Record, Sketch
from steepest.live.recording import CompileError
from steepest.live.spectrum import Spectrum
from steepest.live.stream import Stream
from steepest.live.trace import trace
from steepest.live.translator import Translator
from steepest.live.widget import progress

__all__ = [
    "Choice",
    "CompileError",
    "EdgeOfStability",
    "Explorer",
    "Goal",
    "LineFit",
    "LiveMap",
    "LivePlot",
    "Predict",
    "Record",
    "Sketch",
    "Slider",
    "Spectrum",
    "Stream",
    "Task",
    "Translator",
    "TuningLab",
    "frames",
    "latex",
    "progress",
    "show_rule",
    "trace",
]
