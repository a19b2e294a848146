"""An ``interact`` that survives publication."""

import html
import inspect
import itertools
from base64 import b64encode
from collections.abc import Callable

import ipywidgets
from IPython.display import display

from steepest.arguments import function, several
from steepest.live.widget import digest, reader_is_there
from steepest.plots import Picture

#: The most pictures that a page has to carry.
MOST = 24


def frames(f: Callable, **choices) -> None:
    """Show what a function draws for each of some values of its arguments, with a control for each argument.

    With a kernel and a reader this is `ipywidgets.interact`. On a page the pictures have been drawn beforehand, and the
    controls switch between them; neither a kernel nor a script is needed.

    Args:
        f: a function that returns a picture, as `steepest.plots.show` makes it.
        **choices: the values of each argument, a list.

    Raises:
        ValueError: an argument without values, or more than 24 pictures in all.
        TypeError: a function that returns something else, or that does not take these arguments.
    """
    function("f", f)
    choices = {name: several(name, values) for name, values in choices.items()}
    for name, values in choices.items():
        if not values:
            raise ValueError(f"frames needs at least one value for {name}.")
    try:
        inspect.signature(f).bind(**choices)
    except TypeError as error:
        raise TypeError(f"choices must have values for the arguments of f: {error}.") from None
    combinations = list(itertools.product(*choices.values()))
    if len(combinations) > MOST:
        raise ValueError(f"These choices make {len(combinations)} pictures, and a page carries {MOST}: offer fewer.")
    if reader_is_there():
        ipywidgets.interact(f, **choices)
        return
    pictures = []
    for values in combinations:
        pictures.append(f(**dict(zip(choices, values, strict=True))))
        if not isinstance(pictures[-1], Picture):
            raise TypeError(f"frames shows pictures: return plots.show(figure, alt), not {pictures[-1]!r}.")
    display(_Frames(choices, pictures))


class _Frames:
    """Pictures with a radio button for each value, switched by a style sheet."""

    def __init__(self, choices, pictures):
        self.choices, self.pictures = choices, pictures

    def __repr__(self):
        return f"frames of {', '.join(f'{name} in {values}' for name, values in self.choices.items())}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        data, metadata = self.pictures[0]._repr_mimebundle_()
        return data | {"text/html": self._html(), "text/plain": repr(self)}, metadata

    def _html(self):
        key = f"steepest-frames-{digest(self._controls() + ''.join(picture.alt for picture in self.pictures))}"
        places = itertools.product(*(range(len(values)) for values in self.choices.values()))
        rules, figures = [f".{key} figure {{ display: none; margin: 0.5em 0; }}"], []
        for k, (place, picture) in enumerate(zip(places, self.pictures, strict=True)):
            chosen = "".join(f":has(.c{i}-{option}:checked)" for i, option in enumerate(place))
            rules.append(f".{key}{chosen} .f{k} {{ display: block; }}")
            source = f"data:image/png;base64,{b64encode(picture.png).decode()}"
            alt = html.escape(picture.alt)
            figures.append(f'<figure class="f{k}"><img src="{source}" alt="{alt}" style="max-width:100%"></figure>')
        style = f"<style>{' '.join(rules)}</style>"
        # A form of its own keeps the radio buttons of two outputs apart.
        return f'<form class="{key}">{style}{self._controls()}{"".join(figures)}</form>'

    def _controls(self):
        return "".join(
            f"<fieldset><legend>{html.escape(name)}</legend>"
            + " ".join(
                f'<label><input type="radio" name="{html.escape(name)}" class="c{i}-{k}"{" checked" if k == 0 else ""}>'
                f" {html.escape(str(value))}</label>"
                for k, value in enumerate(values)
            )
            + "</fieldset>"
            for i, (name, values) in enumerate(self.choices.items())
        )
