"""The interface for machines: REST under /{kommune}/api/v1, described by OpenAPI 3.1 at /{kommune}/api/openapi.json."""

from __future__ import annotations

from web.api.openapi import wire

__all__ = ["wire"]
