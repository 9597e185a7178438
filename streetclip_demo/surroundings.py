"""What other libraries read once, when they are imported: no telemetry, a folder for the hub's files, proxies.

To be set before any of them is imported. Knows no library.
"""

import importlib.util
import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from streetclip_demo.cache_folder import can_be_had, default_directory
from streetclip_demo.errors import UserError

# Nothing is sent anywhere. Files come over HTTP, which goes through proxies and can be taken up where it broke off; the
# hub's other way, Xet, can do neither and tells its own server how it went.
SILENCE = {
    "HF_HUB_DISABLE_TELEMETRY": "1",  # else each question tells the versions of other libraries
    "HF_HUB_DISABLE_XET": "1",
    "HF_XET_TELEMETRY_ENABLED": "false",
    "DISABLE_SAFETENSORS_CONVERSION": "1",  # else transformers may ask a server to convert what it has loaded
}
HUB_FOLDERS = ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")
PROXIED = ("http", "https", "all")  # the kinds of requests for which HTTP libraries look for a proxy
PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def on_zero_gpu() -> bool:
    """Whether a Hugging Face Space runs this that lends its GPU call by call; its own package asks the same way."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def prepare() -> None:
    """Set the environment of the libraries that load a model.

    Raise UserError if there is no folder in which the hub's files could be kept, or HF_ENDPOINT is no address.
    """
    os.environ |= SILENCE
    _check_endpoint(os.environ.get("HF_ENDPOINT"))
    _spare(LOOPBACK)
    if any(os.environ.get(name) for name in HUB_FOLDERS):
        return
    usual = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "huggingface")
    if str(usual).startswith("~") or not can_be_had(
        usual
    ):  # a user without a home, or whose home cannot be written
        os.environ["HF_HOME"] = str(default_directory() / "huggingface")


def prepare_page(host: str | None = None) -> None:
    """Set the environment of the page's server too, which asks its own address (`host`) whether it is up.

    Raise UserError as `prepare`, and if a proxy is set that cannot be used.
    """
    prepare()
    check_proxies()
    _spare([host])


def _check_endpoint(address: str | None) -> None:
    """The hub's library takes it apart while it is imported."""
    try:
        if not address or (urlsplit(address).scheme in ("http", "https") and urlsplit(address).hostname):
            return
    except ValueError:  # half of an IPv6 address
        pass
    raise UserError(
        f"HF_ENDPOINT is {address!r}: expected a hub's address with https:// or http://. Correct it, or unset it."
    )


def _spare(hosts: Iterable[str | None]) -> None:
    """Ask these hosts through no proxy, where one is set."""
    proxies = getproxies()
    if any(kind in proxies for kind in PROXIED):
        spared = [name for name in (*proxies.get("no", "").split(","), *hosts) if name]
        proxies["no"] = ",".join(dict.fromkeys(spared))
        # Also those that are the system's own, which count no more as soon as the environment names one.
        os.environ |= {f"{kind}_proxy": address for kind, address in proxies.items()}


def check_proxies() -> None:
    """See that HTTP libraries can speak to the proxies that are set; they do not start where they cannot.

    Raise UserError if a proxy is of a kind that is unknown, or needs a package that is not installed.
    """
    proxies = getproxies()
    for kind, address in ((kind, proxies[kind]) for kind in PROXIED if kind in proxies):
        scheme = address.partition("://")[0].lower() if "://" in address else "http"
        if scheme not in PROXY_SCHEMES:
            raise UserError(
                f"The proxy {without_password(address)} ({kind}_proxy) cannot be used: expected an address that begins"
                f" with {', '.join(f'{known}://' for known in PROXY_SCHEMES)}. Correct it, or unset it."
            )
        if scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
            raise UserError(
                f"The proxy {without_password(address)} ({kind}_proxy) speaks SOCKS, for which a package is missing."
                f" Install it with pip install socksio, or unset {kind}_proxy and {kind.upper()}_PROXY."
            )


def proxy_for(address: str) -> str:
    """The proxy through which an address is asked, without its password; "" where there is none."""
    parts = urlsplit(address)
    if proxy_bypass(parts.hostname or ""):
        return ""
    proxies = getproxies()
    return without_password(proxies.get(parts.scheme) or proxies.get("all") or "")


def without_password(address: str) -> str:
    """A proxy's address as it may be shown."""
    return re.sub(r"//[^/@]*@", "//", address)
