"""Ask people: one file a place where they are asked."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.platforms._server_client import HttpTransport as HttpTransport
    from palate.platforms._server_client import ServerClient as ServerClient
    from palate.platforms._server_client import ServerRefusedError as ServerRefusedError
    from palate.platforms.base import Collected as Collected
    from palate.platforms.base import Platform as Platform
    from palate.platforms.base import Pool as Pool
    from palate.platforms.registry import platforms as platforms
    from palate.platforms.server import Server as Server
    from palate.platforms.simulated import Simulated as Simulated

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Collected": "base",
        "HttpTransport": "_server_client",
        "Platform": "base",
        "Pool": "base",
        "Server": "server",
        "ServerClient": "_server_client",
        "ServerRefusedError": "_server_client",
        "Simulated": "simulated",
        "platforms": "registry",
    },
)
