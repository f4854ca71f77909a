"""Calls to MTurk through boto3, its errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from palate.core.errors import PalateError, SettingsError
from palate.core.extras import needed
from palate.platforms.base import UnreachableError

__all__ = ["Calls", "TurkRefusedError", "connected"]

_BUSY = {"ServiceFault", "Throttling", "ThrottlingException", "RequestThrottled", "ServiceUnavailable"}


class TurkRefusedError(PalateError):
    """MTurk does not do what was asked, now or later.

    Args:
        call: What was asked.
        code: MTurk's own code, such as ``AWS.MechanicalTurk.HITDoesNotExist``.
        message: What it said.
    """

    def __init__(self, call: str, code: str, message: str) -> None:
        self.call, self.code, self.message = call, code, message
        super().__init__(f"MTurk refuses {call}: {message} ({code})")

    def __reduce__(self) -> tuple[type[TurkRefusedError], tuple[str, str, str]]:
        return type(self), (self.call, self.code, self.message)


@dataclass(frozen=True)
class Calls:
    """A boto3 client of MTurk.

    Args:
        client: The client.
    """

    client: Any

    def __call__(self, call: str, **given: Any) -> dict[str, Any]:
        """Return what MTurk answers to a call.

        Raises:
            UnreachableError: It cannot be reached, or is too busy.
            TurkRefusedError: It refuses.
            SettingsError: There are no credentials.
        """
        errors = needed("botocore.exceptions", extra="mturk", for_="MTurk")
        try:
            answer: dict[str, Any] = getattr(self.client, call)(**given)
        except errors.ClientError as error:
            raise _refusal(call, error.response) from None
        except (errors.NoCredentialsError, errors.PartialCredentialsError):
            raise SettingsError(
                "There are no credentials for MTurk. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a"
                " profile in AWS_PROFILE."
            ) from None
        except errors.HTTPClientError as error:
            raise UnreachableError(f"MTurk cannot be reached: {error}. Run the same again later.") from None
        return answer

    def pages(self, call: str, name: str, **given: Any) -> Iterator[dict[str, Any]]:
        """Return all entries of a list that MTurk sends in parts."""
        token: dict[str, str] = {}
        while True:
            answer = self(call, MaxResults=100, **given, **token)
            yield from answer.get(name, [])
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}


def connected(address: str) -> Calls:
    """Return calls to an MTurk at an address, with the credentials of the environment.

    Raises:
        PalateError: boto3 is not installed.
    """
    boto3 = needed("boto3", extra="mturk", for_="MTurk")
    config = needed("botocore.config", extra="mturk", for_="MTurk")
    settings = config.Config(retries={"mode": "standard"}, connect_timeout=20, read_timeout=60)
    client = boto3.Session().client("mturk", region_name="us-east-1", endpoint_url=address, config=settings)
    return Calls(client)


def _refusal(call: str, response: dict[str, Any]) -> PalateError:
    error = response.get("Error", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    if code in _BUSY or status >= 500 or status == 429:
        return UnreachableError(f"MTurk is too busy ({code or status}). Run the same again later.")
    return TurkRefusedError(call, str(response.get("TurkErrorCode") or code), message)
