"""What moves in the page: rules compiled to JavaScript and LaTeX, and the widgets that use them."""
