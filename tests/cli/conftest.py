import sys

import pytest
from shell import Said

from palate.cli.app import run


@pytest.fixture
def palate(capsys, monkeypatch):
    """Run ``palate`` in this process: the same code from the arguments on, without the start of an interpreter."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.delenv("PALATE_DEBUG", raising=False)

    def call(*arguments: object, stdin: str | None = None) -> Said:
        if stdin is not None:
            import io

            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        code = run([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return call


@pytest.fixture
def files(tmp_path):
    """Two runs, judgments, answers, comparisons, interactions: small enough to reckon by hand."""
    write = lambda name, text: (tmp_path / name).write_text(text)  # noqa: E731 (a table of files)
    write("a.trec", "1 Q0 x 1 3.0 a\n1 Q0 y 2 2.0 a\n2 Q0 x 1 1.0 a\n3 Q0 z 1 1.0 a\n")
    write("b.trec", "1 Q0 y 1 3.0 b\n1 Q0 x 2 2.0 b\n2 Q0 y 1 1.0 b\n2 Q0 x 2 0.5 b\n3 Q0 z 1 1.0 b\n")
    write("q.txt", "1 0 x 1\n1 0 y 0\n2 0 x 1\n3 0 z 1\n")
    write(
        "answers.csv",
        "task,worker,label\n"
        + "".join(f"t{t},w{w},{int((t + (w == 3)) % 2)}\n" for t in range(8) for w in range(4)),
    )
    write(
        "pairs.csv",
        "left,right,label,annotator\na,b,left,w1\na,b,left,w2\nb,a,right,w3\nb,c,left,w1\na,c,tie,w2\n",
    )
    rows = "".join(
        f"u{u},i{i},{1000 + 10 * u + i},{1 + (u * i) % 5}\n"
        for u in range(12)
        for i in range(8)
        if (u + i) % 3
    )
    write("seen.csv", "user,item,timestamp,value\n" + rows)
    return tmp_path
