"""Tidemark written once for all tests that only read it."""

from datetime import date
from pathlib import Path

import pytest

from protem.demo.export import Manifest
from protem.demo.write import write_company

UNTIL = date(2026, 3, 11)


@pytest.fixture(scope="session")
def company_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tidemark")


@pytest.fixture(scope="session")
def manifest(company_folder: Path) -> Manifest:
    return write_company(company_folder, until=UNTIL)
