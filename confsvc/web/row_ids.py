"""Ids in addresses: a number that no row can have is an address that does not exist."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from confsvc.web.fields import ID_MAX


class RowId(IntegerConverter):
    """`<int:…>` up to what the databases keep in an id; a larger one would be an error inside the driver."""

    def __init__(self, map: Map, **options: Any) -> None:
        super().__init__(map, **{"max": ID_MAX, **options})


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = RowId
