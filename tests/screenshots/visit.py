"""The way of a reader through pages and mails, in both languages, and what is pictured on it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from feeds.demo.mailbox import Reading
from feeds.model.address import EmailAddress
from feeds.templating import LANGUAGES
from tests.screenshots.camera import Camera
from tests.screenshots.publication import READERS, Publication

NEWCOMERS = {
    "ja": EmailAddress("sakura", "reader.example"),
    "en": EmailAddress("jane", "reader.example"),
}


def visit(publication: Publication, camera: Camera, folder: Path) -> None:
    """Walk once around, taking pictures; ``folder`` is for the mails' HTML on its way to the browser."""
    for language in sorted(LANGUAGES):
        _sign_up(publication, camera, language)
    publication.service.deliver()
    for language in sorted(LANGUAGES):
        _confirm(publication, camera, folder, language)
        _mails(publication, camera, folder, language)
        _choose_and_leave(publication, camera, language)
        _look_around(publication, camera, language)


def _sign_up(publication: Publication, camera: Camera, language: str) -> None:
    camera.open(f"{publication.pages}/?lang={language}")
    camera.take(f"signup-{language}")
    _type(camera, "#email", str(NEWCOMERS[language]))
    _press(camera, "button")
    camera.take(f"signup-sent-{language}")


def _confirm(publication: Publication, camera: Camera, folder: Path, language: str) -> None:
    _, mail = publication.newest_mail(NEWCOMERS[language])
    _show(camera, folder, mail, f"mail-confirm-{language}")
    camera.open(_link(mail, "confirm", language))
    camera.take(f"confirm-{language}")
    _press(camera, "button")
    camera.take(f"confirmed-{language}")


def _mails(publication: Publication, camera: Camera, folder: Path, language: str) -> None:
    for kind in ("digest", "post"):
        _, mail = publication.newest_mail(READERS[kind, language].address)
        _show(camera, folder, mail, f"mail-{kind}-{language}", dark=(kind, language) == ("digest", "ja"))


def _choose_and_leave(publication: Publication, camera: Camera, language: str) -> None:
    _, mail = publication.newest_mail(READERS["digest", language].address)
    camera.open(_link(mail, "preferences", language))
    for choice in ("some", "edo", "reading"):
        _choose(camera, choice)
    camera.take(f"preferences-{language}")
    camera.open(_link(mail, "unsubscribe", language))
    camera.take(f"unsubscribe-{language}")


def _look_around(publication: Publication, camera: Camera, language: str) -> None:
    camera.open(f"{publication.pages}/feeds/?lang={language}")
    camera.take(f"feeds-{language}")
    camera.open(f"{publication.site}/mailbox/?lang={language}")
    camera.take(f"mailbox-{language}")
    number, _ = publication.newest_mail(READERS["digest", language].address)
    camera.open(f"{publication.site}/mailbox/{number}?lang={language}")
    camera.take(f"mailbox-mail-{language}")


def _show(camera: Camera, folder: Path, mail: Reading, name: str, *, dark: bool = False) -> None:
    """The HTML of a mail as it came, in light, and in the dark where that is asked for."""
    file = folder / f"{name}.html"
    file.write_text(mail.html, encoding="utf-8")
    camera.open(file.as_uri())
    camera.take(name)
    if dark:
        camera.open(file.as_uri(), dark=True)
        camera.take(name)


def _link(mail: Reading, page: str, language: str) -> str:
    found = re.search(rf"http://\S+/{page}/[\w-]+", mail.text)
    assert found, f"the mail to {mail.recipient} has no link to {page}"
    return f"{found[0]}?lang={language}"


def _type(camera: Camera, selector: str, text: str) -> None:
    camera.window.evaluate(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(text)}")


def _choose(camera: Camera, value: str) -> None:
    camera.window.evaluate(f"document.querySelector('input[value={value}]').click()")


def _press(camera: Camera, selector: str) -> None:
    with camera.window.another_page():
        camera.window.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
