"""Rows that are only ever added or taken out, kept packed so that they are read at once."""

from django.db import models


class PackedRows(models.Model):
    """The rows of one table up to one of them, as columns.

    It holds while just so many rows up to ``newest_id`` are there: ids are never used again.
    """

    table = models.CharField(max_length=64, unique=True)
    newest_id = models.BigIntegerField()
    count = models.IntegerField()
    packed = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.count} rows of {self.table}"
