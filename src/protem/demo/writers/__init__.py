"""One module per tool: the invented company's state in that tool's own export format."""
