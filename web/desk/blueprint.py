"""The blueprint of the desk: every page of clerks belongs to it."""

from __future__ import annotations

from flask import Blueprint

desk = Blueprint("desk", __name__, url_prefix="/<slug:kommune>")
