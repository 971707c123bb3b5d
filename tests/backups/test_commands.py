"""`protem backup` and `protem restore` as someone at a terminal uses them."""

import json
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings
from tests.cli.conftest import as_json
from typer.testing import CliRunner

from protem.backups.errors import BackupError, Damaged, Unconfirmed, WrongPassphrase
from protem.backups.making import Instance
from protem.cli.main import app
from protem.kit.errors import ProtemError
from protem.people.models import Company

PASSPHRASE = "seven quiet lanterns"


def run(*words: str | Path) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


@pytest.mark.usefixtures("started")
def test_a_backup_says_what_is_in_it(tmp_path: Path):
    path = tmp_path / "friday.protem"
    assert "Brightloom as of" in run("backup", path)
    assert "Whole:" in run("backup", "--verify", path)
    told = as_json(CliRunner().invoke(app, ["backup", "--verify", str(path), "--json"]))
    assert told["instance"] == "Brightloom"
    assert told["rows"]["people_person"] == 1
    assert told["files"] == 1
    assert told["is_encrypted"] is False


@pytest.mark.usefixtures("started")
def test_a_file_is_not_replaced_unasked(tmp_path: Path):
    path = tmp_path / "friday.protem"
    path.write_text("precious")
    with pytest.raises(BackupError, match="--force"):
        run("backup", path)
    assert path.read_text() == "precious"
    assert "Wrote" in run("backup", path, "--force")


def test_data_is_replaced_only_by_name(started: Instance, tmp_path: Path):
    path = tmp_path / "friday.protem"
    run("backup", path)
    Company.objects.update(name="Brightloom Two")
    with pytest.raises(Unconfirmed, match='--overwrite "Brightloom Two"'):
        run("restore", path)
    with pytest.raises(Unconfirmed):
        run("restore", path, "--overwrite", "Brightloom")
    assert Company.objects.get().name == "Brightloom Two"
    said = run("restore", path, "--overwrite", "Brightloom Two", "--json")
    assert Company.objects.get().name == "Brightloom"
    previous = next((started.home / "backups").glob("before-restore-*.protem"))
    assert json.loads(said)["previous"] == str(previous)


def test_a_damaged_backup_changes_nothing(started: Instance, tmp_path: Path):
    path = tmp_path / "friday.protem"
    run("backup", path)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    for words in (("backup", "--verify", path), ("restore", path, "--overwrite", "Brightloom")):
        with pytest.raises(Damaged, match="altered or cut"):
            run(*words)
    assert not (started.home / "backups").exists()


def test_an_encrypted_backup_opens_with_its_passphrase_only(
    started: Instance, tmp_path: Path, settings: Settings
):
    path = tmp_path / "friday.protem"
    with pytest.raises(ProtemError, match="PROTEM_BACKUP_PASSPHRASE"):
        run("backup", path, "--encrypt")
    settings.BACKUP_PASSPHRASE = "too short"
    with pytest.raises(ProtemError, match="shorter than 12"):
        run("backup", path, "--encrypt")
    settings.BACKUP_PASSPHRASE = PASSPHRASE
    assert "encrypted" in run("backup", path, "--encrypt")
    assert b"manifest.json" not in path.read_bytes()
    Company.objects.all().delete()
    name = started.home.name
    settings.BACKUP_PASSPHRASE = "seven loud lanterns"
    with pytest.raises(WrongPassphrase):
        run("restore", path, "--overwrite", name)
    settings.BACKUP_PASSPHRASE = PASSPHRASE
    said = run("restore", path, "--overwrite", name)
    assert "Restored Brightloom as of" in said
    assert "backups/before-restore-" in said
    assert Company.objects.get().name == "Brightloom"
