from __future__ import annotations

from tests.helpers.person import person

__all__ = ["person"]
