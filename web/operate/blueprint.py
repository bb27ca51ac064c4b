"""The blueprint of the Administration: every page with which a municipality manages itself belongs to it."""

from __future__ import annotations

from flask import Blueprint

operate = Blueprint("operate", __name__, url_prefix="/<slug:kommune>/verwaltung")
