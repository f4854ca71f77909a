from __future__ import annotations

import pytest

from palate.core.errors import InputError
from palate.core.frames import read_table
from palate.core.tables import ANSWERS


@pytest.fixture
def read(tmp_path):
    """Write data to a file and read it as a table."""

    def read(data, name="a.csv", table=ANSWERS):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_table(path, table, where=name)

    return read


@pytest.fixture
def refusal(read):
    """Return the text of the error that reading data raises."""

    def refusal(data, name="a.csv", table=ANSWERS):
        with pytest.raises(InputError) as caught:
            read(data, name, table)
        return str(caught.value)

    return refusal
