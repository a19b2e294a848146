"""Checks of the reader's answers to the exercises, with feedback that says what to look at.

Each chapter's checks are in a module of this package. A check is a function of the answer that returns a sentence
about it, or raises `Wrong` with a hint. It tries the answer on several inputs, so that no constant passes.
"""

from steepest.exercises import (
    chapter_1,
    chapter_2,
    chapter_3,
    chapter_4,
    chapter_5,
    chapter_6,
    chapter_7,
    chapter_8,
)
from steepest.exercises.checking import CHECKS, Verdict, check

__all__ = [
    "CHECKS",
    "Verdict",
    "chapter_1",
    "chapter_2",
    "chapter_3",
    "chapter_4",
    "chapter_5",
    "chapter_6",
    "chapter_7",
    "chapter_8",
    "check",
]
