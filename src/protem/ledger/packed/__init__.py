"""Tables of very many rows, packed so that measures read them at once."""
