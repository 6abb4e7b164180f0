"""Addresses with ids beyond what a database keeps."""

import pytest
from flask.testing import FlaskClient

PATHS = ("/conferences/{}", "/conferences/{}/delegates", "/conferences/{}/agenda", "/conferences/1/delegates/{}", "/units/{}")


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
@pytest.mark.parametrize("path", PATHS)
def test_id_that_no_row_can_have_is_not_found(client: FlaskClient, path: str, number: int) -> None:
    assert client.get(path.format(number)).status_code == 404
