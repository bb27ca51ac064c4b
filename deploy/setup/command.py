"""Put the command `amtsweg` into .venv, and our packages on its path."""

import site
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "#!{python}\nimport sys\n\nfrom web.cli import main\n\nsys.exit(main())\n"


def main() -> None:
    Path(site.getsitepackages()[0], "amtsweg.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    command = Path(sys.prefix, "bin", "amtsweg")
    command.write_text(COMMAND.format(python=sys.executable), encoding="utf-8")
    command.chmod(0o755)


main()
