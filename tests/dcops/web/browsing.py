"""What a person does in a browser: open a page, fill in a form with its token, send it."""

from __future__ import annotations

from flask.testing import FlaskClient


def text(client: FlaskClient, path: str) -> str:
    """The text of a page that opens."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def send(client: FlaskClient, form: str, to: str, **fields: str) -> tuple[int, str]:
    """Fill in the form of a page and send it; the status and the text of the answer."""
    token = text(client, form).split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = client.post(to, data={"csrf_token": token, **fields})
    return answer.status_code, answer.get_data(as_text=True)
