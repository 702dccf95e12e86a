"""What a page holds before the script runs: the REST API's first answers, and a room's newest messages to be read."""

from df_chat.first_view.answers import Answers, first_answers
from df_chat.first_view.view import read_first_view

__all__ = ["Answers", "first_answers", "read_first_view"]
