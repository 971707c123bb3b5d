"""Views parse a request, call one service or query, and render."""
