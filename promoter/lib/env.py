"""Settings from the environment, refused with a sentence when they can't be used."""

from __future__ import annotations

import os
from collections.abc import Collection
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

# A century in days: further on no calendar has a day.
MOST = 36_500
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The variable's value; `NAME_FILE` may name a file that holds it (Docker secrets)."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE names {path}, which can't be read: {error.strerror}."
            ) from None
        except UnicodeDecodeError:
            raise ImproperlyConfigured(
                f"{name}_FILE names {path}, which is not UTF-8 text."
            ) from None
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool = False) -> bool:
    """A yes or no: 1, true, yes, on; 0, false, no, off.

    Raises ImproperlyConfigured on anything else.
    """
    value = text(name, "1" if default else "0").lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: set it to true or false.")


def number(name: str, default: int, *, least: int = 0, most: int = MOST) -> int:
    """A whole number within these bounds. Raises ImproperlyConfigured on anything else."""
    value = text(name, str(default))
    try:
        found = int(value)
    except ValueError:
        found = least - 1
    if not least <= found <= most:
        raise ImproperlyConfigured(
            f"{name} is {value!r}: set it to a whole number from {least} to {most}."
        )
    return found


def choice(name: str, default: str, choices: Collection[str]) -> str:
    """One of the choices, in capitals. Raises ImproperlyConfigured on anything else."""
    value = text(name, default).upper()
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to {', '.join(choices)}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A list, separated by commas; blanks around and between are dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def server(name: str, port: int) -> tuple[str, int] | None:
    """IP address and port of ADDRESS or ADDRESS:PORT, an IPv6 one in brackets; None when
    unset. Raises ImproperlyConfigured on anything else."""
    value = text(name)
    if not value:
        return None
    try:
        parts = urlsplit(f"//{value}")
        address = str(ip_address(parts.hostname or ""))
        return address, port if parts.port is None else parts.port
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} is {value!r}: set it to an IP address such as 192.0.2.53, "
            "192.0.2.53:5353 or [2001:db8::53]."
        ) from None


def required(name: str, hint: str) -> str:
    """The variable's value. Raises ImproperlyConfigured with the hint when unset."""
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {hint}")
    return value


def read_file(path: Path) -> None:
    """Take `NAME=value` lines from a .env file; what the environment has, it keeps.

    As a shell would read them: `export` before a name is no part of it. Raises
    ImproperlyConfigured for a file that can't be read.
    """
    try:
        # Windows' editor begins a text with a mark.
        lines = path.read_text(encoding="utf-8-sig").splitlines() if path.is_file() else []
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} can't be read: {error.strerror}. Let the user that Promoter runs as "
            "read it."
        ) from None
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{path} is not UTF-8 text: save it as that.") from None
    for line in lines:
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and name and not name.startswith("#"):
            value = value.strip()
            if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
                value = value[1:-1]
            os.environ.setdefault(name.strip(), value)
