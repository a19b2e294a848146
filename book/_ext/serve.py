"""Serve the built book on this machine: `make serve` runs this with a port."""

import functools
import http.server
import sys
from pathlib import Path

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"


def main(port):
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return f"PORT must be a number from 1 to 65535, not {port!r}."
    try:
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=SITE)
        with http.server.ThreadingHTTPServer(("localhost", int(port)), handler) as server:
            print(f"Serving the book at http://localhost:{port} (stop with Ctrl-C).", flush=True)
            server.serve_forever()
    except OSError as error:
        return f"Port {port} cannot be used: {error.strerror}. Name another: make serve PORT=8001"
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
