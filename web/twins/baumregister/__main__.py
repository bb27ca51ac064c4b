"""Starts the reference tree register: python -m web.twins.baumregister --port N --data DIR --token T"""

from __future__ import annotations

from pathlib import Path

import click

from web.twins.baumregister import create_app
from web.twins.serve import serve
from web.twins.stoerung import Stoerung, parse


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="0: any free port")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), required=True, help="folder of its storage")
@click.option("--token", required=True, help="bearer token of the authorities")
@click.option("--stoerung", default="", help="misbehave by chance, e.g. saat=7,fehler=0.1,verloren=0.1")
def main(port: int, host: str, data: Path, token: str, stoerung: str) -> None:
    """Run the reference tree register until SIGTERM."""
    try:
        settings = parse(stoerung)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--stoerung") from error
    app = create_app(data, token)
    serve(Stoerung(app, settings, "/eintraege") if settings else app, name="baumregister", host=host, port=port)


if __name__ == "__main__":
    main()
