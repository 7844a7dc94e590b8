"""The directions of translation between two domains of images, A and B."""

from __future__ import annotations

from typing import Literal

TranslationDirection = Literal["a_to_b", "b_to_a"]
