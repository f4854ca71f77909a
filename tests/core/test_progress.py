from __future__ import annotations

from palate.core.progress import Progress, no_progress


def test_no_progress_takes_the_call_and_shows_nothing(capsys):
    show: Progress = no_progress
    for done in range(3):
        assert show(done, 3) is None
    assert capsys.readouterr() == ("", "")
