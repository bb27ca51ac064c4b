"""Starts the reference Servicekonto: python -m web.twins.servicekonto --port N --data DIR --secret S --callback URL"""

from __future__ import annotations

from pathlib import Path

import click

from web.twins.serve import serve
from web.twins.servicekonto import Limits, create_app
from web.twins.servicekonto.mailboxes import Mailboxes
from web.twins.servicekonto.postman import Postman
from web.twins.stoerung import Stoerung, parse


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="0: any free port")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), required=True, help="folder of its storage")
@click.option("--secret", required=True, help="shared secret of the signatures, both ways")
@click.option("--callback", required=True, help="address of the platform; /{kommune}/webhook/servicekonto is added")
@click.option("--max-attachment-bytes", type=int, default=Limits().max_attachment_bytes, show_default=True)
@click.option("--stoerung", default="", help="misbehave by chance, e.g. saat=7,fehler=0.1,verloren=0.1")
def main(*, port: int, host: str, data: Path, secret: str, callback: str, max_attachment_bytes: int, stoerung: str) -> None:
    """Run the reference Servicekonto until SIGTERM."""
    try:
        settings = parse(stoerung)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--stoerung") from error
    store = Mailboxes(data)
    app = create_app(data, secret, limits=Limits(max_attachment_bytes=max_attachment_bytes), mailboxes=store)
    postman = Postman(store, secret, callback)
    postman.start()
    try:
        serve(Stoerung(app, settings, "/api/") if settings else app, name="servicekonto", host=host, port=port)
    finally:
        postman.stop()


if __name__ == "__main__":
    main()
