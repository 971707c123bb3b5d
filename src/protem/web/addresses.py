"""Links to the same page with something of its query changed."""

from django.http import QueryDict


def changed(query: QueryDict, **values: str | None) -> str:
    """The query string with these parameters set, or left out where None; begins with “?”.

    Underscores at the end of a name fall away, so that ``range_`` can be given.
    """
    made = query.copy()
    for name, value in values.items():
        key = name.rstrip("_")
        if value:
            made[key] = value
        else:
            made.pop(key, None)
    return f"?{made.urlencode()}"


def only(query: QueryDict, *prefixes: str) -> str:
    """The part of the query whose names begin so, as a query string; empty when none."""
    made = QueryDict(mutable=True)
    for name, values in query.lists():
        if name.startswith(prefixes) and any(values):
            made.setlist(name, values)
    return f"?{made.urlencode()}" if made else ""
