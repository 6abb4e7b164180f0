"""The model once more, over PostgreSQL; fewer stories, for each takes longer."""

import pytest

from tests.domain.test_attendance_model import test_product_and_model_agree_whatever_happens

__all__ = ["test_product_and_model_agree_whatever_happens"]


@pytest.fixture
def examples() -> int:
    """How many stories are tried."""
    return 8
