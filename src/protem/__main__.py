"""``python -m protem``."""

from protem.cli.main import run

if __name__ == "__main__":
    run()
