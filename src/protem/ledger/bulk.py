"""Frames in and out of the database, set by set: COPY on PostgreSQL, executemany on SQLite.

Everything runs on Django's own connection, so it takes part in the open transaction.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl
from django.db import connection, models

_TEXT_INSTANT = "%Y-%m-%d %H:%M:%S%.6f"
_CHUNK = 20_000
_NUMBERS: dict[type[Any], str] = {
    pl.Datetime: (
        "CAST(strftime('%s', substr({0}, 1, 19)) AS INTEGER) * 1000000"
        " + CAST(substr({0} || '.000000', 21, 6) AS INTEGER)"
    ),
    pl.Date: "CAST(strftime('%s', {0}) AS INTEGER) / 86400",
    pl.Boolean: "{0} + 0",
}


def table_of(model: type[models.Model]) -> str:
    return model._meta.db_table  # noqa: SLF001 - Django's documented API despite its name


def frame(rows: Sequence[Sequence[Any]], schema: dict[str, Any]) -> pl.DataFrame:
    """Rows as a frame of ``schema``, built column by column so that leading nulls are safe."""
    if not rows:
        return pl.DataFrame(schema=schema)
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [
            pl.Series(name, values, dtype=kind)
            for (name, kind), values in zip(schema.items(), columns, strict=True)
        ]
    )


def read(query: str, schema: dict[str, Any]) -> pl.DataFrame:
    """The rows of ``query`` as a frame of ``schema``; columns are matched by position.

    The query must hold no user input: ids are put in by ``ids_of`` below, which can only
    produce numbers.
    """
    if connection.vendor == "postgresql":
        return _read_by_copy(query, schema)
    with connection.cursor() as cursor:
        cursor.execute(_as_numbers(query, schema))
        rows = cursor.fetchall()
    if not rows:
        return pl.DataFrame(schema=schema)
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [
            _series(name, kind, values)
            for (name, kind), values in zip(_kinds(schema), columns, strict=True)
        ]
    )


def insert(model: type[models.Model], frame: pl.DataFrame) -> None:
    """Insert every row of ``frame``, whose columns are named like the table's."""
    if frame.is_empty():
        return
    table, columns = table_of(model), ", ".join(f'"{name}"' for name in frame.columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)") as copy:
                copy.write(_as_csv(frame))
            return
        places = ", ".join(["%s"] * frame.width)
        sql = f"INSERT INTO {table} ({columns}) VALUES ({places})"
        cursor.executemany(sql, _as_text(frame).rows())


def update(model: type[models.Model], frame: pl.DataFrame) -> None:
    """Set the columns of ``frame`` on the rows with its ``id``."""
    if frame.is_empty():
        return
    table, values = table_of(model), [name for name in frame.columns if name != "id"]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _update_by_copy(cursor, table, frame)
            return
        places = ", ".join(f'"{name}" = %s' for name in values)
        sql = f"UPDATE {table} SET {places} WHERE id = %s"
        cursor.executemany(sql, _as_text(frame.select([*values, "id"])).rows())


def delete(model: type[models.Model], column: str, ids: Sequence[int]) -> None:
    """Delete the rows whose ``column`` is one of ``ids``."""
    with connection.cursor() as cursor:
        for chunk in chunks(ids):
            cursor.execute(f"DELETE FROM {table_of(model)} WHERE {column} IN ({ids_of(chunk)})")


def read_where(
    query: str, ids: Sequence[int], schema: dict[str, Any], *, place: str = "{ids}"
) -> pl.DataFrame:
    """The rows of ``query`` for many ids, its ``{ids}`` filled chunk by chunk."""
    frames = [read(query.replace(place, ids_of(chunk)), schema) for chunk in chunks(ids)]
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


def ids_of(ids: Iterable[int]) -> str:
    """Numbers, ready for an IN list; anything else raises ``ValueError``."""
    return ",".join(str(int(number)) for number in ids)


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _read_by_copy(query: str, schema: dict[str, Any]) -> pl.DataFrame:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as c,
    ):
        data = b"".join(bytes(part) for part in c)
    if not data:
        return pl.DataFrame(schema=schema)
    raw = dict.fromkeys(schema, pl.String)
    frame = pl.read_csv(io.BytesIO(data), has_header=False, schema=raw)
    return _typed(frame, schema)


def _as_numbers(query: str, schema: dict[str, Any]) -> str:
    """``query`` with instants as microseconds, days as days since 1970, booleans as numbers.

    An expression has no declared type, so the driver calls no Python converter row by row.
    """
    names = ", ".join(f'"{name}"' for name in schema)
    plain = ", ".join(
        _NUMBERS.get(type(kind), "{0}").format(f'"{name}"') for name, kind in _kinds(schema)
    )
    return f"WITH rows_({names}) AS ({query}) SELECT {plain} FROM rows_"


def _series(name: str, kind: pl.DataType, values: Sequence[Any]) -> pl.Series:
    if isinstance(kind, pl.String):
        return pl.Series(name, [value or "" for value in values], dtype=kind)
    is_number = isinstance(kind, pl.Datetime | pl.Date | pl.Boolean)
    return pl.Series(name, values, dtype=pl.Int64 if is_number else kind).cast(kind)


def _kinds(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, kind in schema.items():
        yield name, kind if isinstance(kind, pl.DataType) else kind()


def _typed(frame: pl.DataFrame, schema: dict[str, Any]) -> pl.DataFrame:
    return frame.with_columns(
        _cast(pl.col(name), frame.schema[name], kind).alias(name)
        for name, kind in schema.items()
    )


def _cast(column: pl.Expr, raw: Any, kind: Any) -> pl.Expr:
    if isinstance(kind, pl.Datetime):
        plain = column.str.strip_suffix("+00")
        return plain.str.to_datetime(
            "%Y-%m-%d %H:%M:%S%.f", time_unit="us"
        ).dt.replace_time_zone("UTC")
    if kind == pl.Date:
        return column.str.to_date("%Y-%m-%d")
    if kind == pl.String:
        return column.fill_null("")
    if kind == pl.Boolean and raw == pl.String:
        return pl.when(column.is_not_null()).then(column == "t")
    return column.cast(kind)


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Instants and dates as the text that Django keeps in SQLite."""
    return frame.with_columns(
        [
            _django_text(name)
            for name, kind in frame.schema.items()
            if isinstance(kind, pl.Datetime)
        ]
        + [
            pl.col(name).cast(pl.String)
            for name, kind in frame.schema.items()
            if kind == pl.Date
        ]
    )


def _django_text(name: str) -> pl.Expr:
    return pl.col(name).dt.strftime(_TEXT_INSTANT).str.strip_suffix(".000000").alias(name)


def _as_csv(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_csv(
        buffer,
        include_header=False,
        quote_style="non_numeric",
        datetime_format=_TEXT_INSTANT + "+00",
    )
    return buffer.getvalue()


def _update_by_copy(cursor: Any, table: str, frame: pl.DataFrame) -> None:
    values = [name for name in frame.columns if name != "id"]
    columns = ", ".join(f'"{name}"' for name in frame.columns)
    sets = ", ".join(f'"{name}" = changed."{name}"' for name in values)
    cursor.execute(
        "CREATE TEMP TABLE changed ON COMMIT DROP AS"
        f" SELECT {columns} FROM {table} WITH NO DATA"
    )
    with cursor.copy(f"COPY changed ({columns}) FROM STDIN (FORMAT csv)") as copy:
        copy.write(_as_csv(frame))
    cursor.execute(f"UPDATE {table} SET {sets} FROM changed WHERE {table}.id = changed.id")
    cursor.execute("DROP TABLE changed")
