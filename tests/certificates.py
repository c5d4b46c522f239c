"""Certificates for servers of tests."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path


def self_signed(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for ``localhost``, and a client's that trusts only it.

    Its files are ``key.pem`` and ``cert.pem`` in the folder. Raises LookupError where there is no openssl.
    """
    program = shutil.which("openssl")
    if program is None:
        raise LookupError("openssl is not installed")
    command = (
        f"{program} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost "
        f"-keyout {folder}/key.pem -out {folder}/cert.pem"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=str(folder / "cert.pem"))
