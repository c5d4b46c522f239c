"""Whether a daemon is well, and whether it is ready for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from feeds.errors import KawarabanError

if TYPE_CHECKING:
    from feeds.service import Service

UNCACHED = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def health(service: Service) -> Response:
    """200 while the process answers and every beat happens; 503 names the beats that are late."""
    late = service.vitals.late()
    said: dict[str, object] = {"status": "late", "beats": list(late)} if late else {"status": "ok"}
    return JSONResponse(said, 503 if late else 200, headers=UNCACHED)


def readiness(service: Service, *, told: bool = False) -> Response:
    """200 once the database answers and the first scan is done, until the daemon is told to stop.

    A copy that nobody took into use is ready for readers, and so is who has lost the posts; who watches is
    ``told`` that it mails nobody, or publishes nothing.
    """
    mail = ""
    try:
        why = service.not_ready()
        if told and not why:
            mail = service.why_no_mail()
    except KawarabanError:
        why = "the database does not answer"
    said = {"status": "not ready", "reason": why} if why else {"status": "ready"}
    if mail:
        said["mail"] = f"nothing is mailed: {mail}"
    if told and not why and (doubt := service.vitals.doubt):
        said["posts"] = f"nothing is published: {doubt}"
    return JSONResponse(said, 503 if why else 200, headers=UNCACHED)
