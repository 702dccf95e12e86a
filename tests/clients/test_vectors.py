"""The vectors hold on the Python core."""

import pytest

from df_chat.testing.session import Session
from tests.clients.vectors import NAMES, replay

pytestmark = pytest.mark.once


@pytest.mark.parametrize("name", NAMES)
def test_vector(name):
    replay(name, Session)
