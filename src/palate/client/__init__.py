"""Drive a Palate server from a program or a notebook."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.client._bar import progress_bar as progress_bar
    from palate.client._connection import AsyncConnection as AsyncConnection
    from palate.client._connection import Connection as Connection
    from palate.client._connection import Retries as Retries
    from palate.client._errors import NoAnswerError as NoAnswerError
    from palate.client._errors import Problem as Problem
    from palate.client._errors import ServerRefusedError as ServerRefusedError
    from palate.client._errors import UploadError as UploadError
    from palate.client._following import PoolOpenError as PoolOpenError
    from palate.client._transport import Response as Response
    from palate.client._transport import check_address as check_address
    from palate.client._uploading import task_rows as task_rows
    from palate.client.async_client import AsyncClient as AsyncClient
    from palate.client.client import Client as Client
    from palate.client.pipeline import Pipeline as Pipeline
    from palate.client.pipeline import Work as Work
    from palate.client.records import Answer as Answer
    from palate.client.records import Assignment as Assignment
    from palate.client.records import Event as Event
    from palate.client.records import LedgerEntry as LedgerEntry
    from palate.client.records import Pool as Pool
    from palate.client.records import Progress as Progress
    from palate.client.records import Project as Project
    from palate.client.records import Results as Results
    from palate.client.records import Task as Task

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Answer": "records",
        "Assignment": "records",
        "AsyncClient": "async_client",
        "AsyncConnection": "_connection",
        "Client": "client",
        "Connection": "_connection",
        "Event": "records",
        "LedgerEntry": "records",
        "NoAnswerError": "_errors",
        "Pipeline": "pipeline",
        "Pool": "records",
        "Problem": "_errors",
        "Progress": "records",
        "Project": "records",
        "Response": "_transport",
        "Results": "records",
        "Retries": "_connection",
        "ServerRefusedError": "_errors",
        "Task": "records",
        "UploadError": "_errors",
        "Work": "pipeline",
        "PoolOpenError": "_following",
        "check_address": "_transport",
        "progress_bar": "_bar",
        "task_rows": "_uploading",
    },
)
