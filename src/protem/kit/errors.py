"""The root of every error a person may see.

Each package grows a small tree below it (``FormatError``, ``ImportRefused``…); each door
(command line, page, API) translates a ``ProtemError`` once, and nothing else.
"""


class ProtemError(Exception):
    """Something a person can mend: what went wrong, where, and what to do about it."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f" — {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{remedy}"
