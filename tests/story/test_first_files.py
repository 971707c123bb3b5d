"""A CTO's first minutes, played in a browser: sign in, drop files, see Today change."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import socket
from typing import Literal

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
COMMAND = (sys.executable, "-m", "protem")
with socket() as _probe:
    _probe.bind(("127.0.0.1", 0))
    PORT = _probe.getsockname()[1]
SITE = f"http://127.0.0.1:{PORT}"
PAGES = (
    "/",
    "/measure/",
    "/measure/compare/",
    "/measure/patch-cadence/",
    "/measure/mttr-critical/",
    "/measure/edr-coverage/",
    "/measure/certifications/",
    "/assets/",
    "/assets/rules/",
    "/assets/rules/add/",
    "/assets/doubts/",
    "/findings/",
    "/findings/next/",
    "/findings/decisions/",
    "/findings/decisions/add/",
    "/imports/",
    "/sources/",
    "/compliance/",
    "/handoff/",
    "/report/",
    "/settings/",
    "/settings/definitions/",
    "/settings/leaders/",
)
SAMPLES = Path(__file__).parents[1] / "samples"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed"
    ),
]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An empty instance, served with its worker; gives what its commands need to know."""
    home = tmp_path_factory.mktemp("instance")
    environment = {**os.environ, "PROTEM_HOME": str(home)}
    for name in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL"):
        environment.pop(name, None)
    _login_link(environment)
    server = subprocess.Popen(
        [*COMMAND, "serve", "--port", str(PORT)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    for line in server.stdout:
        if "Serving on" in line:
            break
    yield environment
    server.terminate()
    server.wait(timeout=30)
    server.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


def test_the_first_files_change_today(instance: dict[str, str], browser: Browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)

    page.goto(_login_link(instance))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{SITE}/")

    page.goto(f"{SITE}/imports/")
    page.set_input_files(
        "input[type=file]",
        [
            SAMPLES / "github-dependabot" / "alerts.json",
            SAMPLES / "protem-certifications" / _only_file("protem-certifications"),
        ],
    )
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("done").first).to_be_visible(timeout=60_000)
    expect(page.locator("progress")).to_have_count(0, timeout=60_000)

    page.goto(f"{SITE}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("handoff signals")

    page.goto(f"{SITE}/measure/mttr-critical/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").first.click()
    assert download.value.suggested_filename.endswith(".csv")
    assert Path(download.value.path()).read_text().strip()
    assert errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_pages_are_accessible_and_do_not_overflow(
    instance: dict[str, str], browser: Browser, scheme: Literal["light", "dark"], width: int
):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(_login_link(instance))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{SITE}/")
    for address in PAGES:
        page.goto(f"{SITE}{address}")
        assert _violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def _only_file(name: str) -> str:
    return next(p.name for p in sorted((SAMPLES / name).iterdir()) if p.suffix == ".csv")


def _login_link(environment: dict[str, str]) -> str:
    """Set the instance up if need be, and give a one-time link into it."""
    made = subprocess.run(
        [*COMMAND, "init", "--email", "cto@northwind.example", "--port", str(PORT)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return next(word for word in made.stdout.split() if "/enter/" in word)


def _violations(page: Page) -> list[str]:
    return [found["id"] for found in Axe().run(page)["violations"]]
