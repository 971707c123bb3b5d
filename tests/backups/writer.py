"""Writes until its input ends: each transaction puts one name into two tables.

``python writer.py sqlite PATH`` or ``python writer.py postgresql KEYWORDS``.
"""

import select
import sqlite3
import sys
from collections.abc import Callable

import psycopg

GROUP = "INSERT INTO auth_group (name) VALUES ('{0}')"
COMPANY = "INSERT INTO people_company (name, changed_at) VALUES ('{0}', '2026-11-25 09:30:00')"


def main() -> None:
    write = {"sqlite": sqlite, "postgresql": postgresql}[sys.argv[1]](sys.argv[2])
    number = 0
    while not select.select([sys.stdin], [], [], 0.001)[0]:
        write(f"writer {number}")
        number += 1
        if number == 1:
            sys.stdout.write("writing\n")
            sys.stdout.flush()
    sys.stdout.write(f"{number}\n")


def sqlite(path: str) -> Callable[[str], None]:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")

    def write(name: str) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(GROUP.format(name))
        connection.execute(COMPANY.format(name))
        connection.execute("COMMIT")

    return write


def postgresql(keywords: str) -> Callable[[str], None]:
    connection = psycopg.connect(keywords, autocommit=True)

    def write(name: str) -> None:
        with connection.transaction():
            connection.execute(GROUP.format(name))
            connection.execute(COMPANY.format(name))

    return write


main()
