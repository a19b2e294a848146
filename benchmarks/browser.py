"""The browser that the benchmarks measure with."""

import shutil

#: The shell has no window to draw, so it comes first: it disturbs what is measured the least.
NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]


def launch(playwright):
    """A headless Chromium from the PATH. Raises `FileNotFoundError` where there is none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise FileNotFoundError(f"no browser: none of {', '.join(NAMES)} is on the PATH")
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
