import shutil

import pytest
from small_study import write_small_study

from palate.study import Study


@pytest.fixture(scope="session")
def finished_study(tmp_path_factory):
    """A small study run to its end, once; read it, do not change it."""
    study = Study(write_small_study(tmp_path_factory.mktemp("finished") / "study"))
    study.run()
    return study


@pytest.fixture
def own_copy(finished_study, tmp_path):
    """A copy of the finished study that a test may change."""
    shutil.copytree(finished_study.directory, tmp_path / "study")
    return Study(tmp_path / "study")
