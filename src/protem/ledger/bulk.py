"""Frames in and out of the database, set by set: COPY on PostgreSQL, executemany on SQLite.

Everything runs on Django's own connection, so it takes part in the open transaction.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import polars as pl
from django.db import connection, models

Key = TypeVar("Key")

_TEXT_INSTANT = "%Y-%m-%d %H:%M:%S%.6f"
_CHUNK = 20_000
_LINES = 50_000
_GROUPS = 5_000


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

    The query must hold no user input but what ``ids_of`` and ``texts_of`` below made safe.
    """
    lines = _copied(query) if connection.vendor == "postgresql" else _lines(query, schema)
    frames = [_parsed(part, schema) for part in lines]
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


def read_grouped(query: str, key: str, schema: dict[str, Any]) -> pl.DataFrame:
    """As ``read``, for very many short rows: all of one number ``key`` travel as one text.

    That spares the work of a row for each; rows of one key come in no certain order.
    """
    names = ", ".join(f'"{name}"' for name in schema)
    values = {name: kind for name, kind in schema.items() if name != key}
    line = " || ',' || ".join(_cell(name, kind) for name, kind in values.items())
    is_server = connection.vendor == "postgresql"
    joined = f"string_agg({line}, chr(10))" if is_server else f"group_concat({line}, char(10))"
    frames = []
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH rows_({names}) AS ({query})"
            f' SELECT "{key}", COUNT(*), {joined} FROM rows_ GROUP BY "{key}"'
        )
        while groups := cursor.fetchmany(_GROUPS):
            keys, sizes, texts = zip(*groups, strict=True)
            rows = _parsed("\n".join(texts).encode(), values)
            frames.append(rows.with_columns(pl.Series(key, np.repeat(keys, sizes))))
    return pl.concat(frames).select(*schema) if frames else pl.DataFrame(schema=schema)


def _cell(name: str, kind: Any) -> str:
    """SQL for one value as it stands among comma-separated ones, on either database."""
    if kind == pl.String:
        return f"""'"' || COALESCE(REPLACE("{name}", '"', '""'), '') || '"'"""
    return f"""COALESCE(CAST("{name}" AS TEXT), '')"""


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


def texts_of(names: Iterable[str]) -> str:
    """Names, quoted for an IN list."""
    return ",".join("'" + name.replace("\0", "").replace("'", "''") + "'" for name in names)


def chunks(ids: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _copied(query: str) -> Iterator[bytes]:
    """The rows as comma-separated values, in one piece."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as c,
    ):
        data = b"".join(bytes(part) for part in c)
    if data:
        yield data


def _lines(query: str, schema: dict[str, Any]) -> Iterator[bytes]:
    """The rows as comma-separated values, some thousand at a time.

    SQLite writes the lines itself, so Python makes one object a row and not one a value.
    """
    names = ", ".join(f'"{name}"' for name in schema)
    shape = ",".join('"%w"' if kind == pl.String else "%s" for kind in schema.values())
    values = ", ".join(
        f"COALESCE(\"{name}\", '')" if kind == pl.String else f'"{name}"'
        for name, kind in schema.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH rows_({names}) AS ({query}) SELECT printf('{shape}', {values}) FROM rows_"
        )
        while rows := cursor.fetchmany(_LINES):
            yield "\n".join(line for (line,) in rows).encode()


def _parsed(lines: bytes, schema: dict[str, Any]) -> pl.DataFrame:
    """Comma-separated values as either database writes them, as a frame of ``schema``."""
    raw = {name: kind if kind.is_numeric() else pl.String for name, kind in schema.items()}
    frame = pl.read_csv(io.BytesIO(lines), has_header=False, schema=raw, glob=False)
    return frame.with_columns(
        _cast(pl.col(name), kind).alias(name) for name, kind in schema.items()
    )


def _cast(column: pl.Expr, kind: Any) -> pl.Expr:
    if isinstance(kind, pl.Datetime):
        plain = column.str.strip_suffix("+00")
        return plain.str.to_datetime(
            "%Y-%m-%d %H:%M:%S%.f", time_unit="us"
        ).dt.replace_time_zone("UTC")
    if kind == pl.Date:
        return column.str.to_date("%Y-%m-%d")
    if kind == pl.String:
        return column.fill_null("")
    if kind == pl.Boolean:
        return pl.when(column.is_not_null()).then(column.is_in(("t", "true", "1")))
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
