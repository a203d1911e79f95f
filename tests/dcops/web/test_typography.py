"""French typography is applied to what people read, and to nothing else."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from dcops.web.typography import typeset
from inventory.french import NARROW, NO_BREAK


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("<p>Mairie d'Abbeville</p>", "<p>Mairie d’Abbeville</p>"),
        ("<p>l&#39;option n&#39;est pas vendue</p>", "<p>l’option n’est pas vendue</p>"),
        ("<text>l&#x27;extension</text>", "<text>l’extension</text>"),
        ("<b>pdu-a</b> : lire « docs ».", f"<b>pdu-a</b>{NO_BREAK}: lire «{NO_BREAK}docs{NO_BREAK}»."),
        ("<td>200 Go : 500 de plus</td>", f"<td>200{NO_BREAK}Go{NO_BREAK}: 500 de plus</td>"),
        ("<p>Certain ? Oui ; vraiment !</p>", f"<p>Certain{NARROW}? Oui{NARROW}; vraiment{NARROW}!</p>"),
        ("<p>« dcops meters poll »</p>", f"<p>«{NO_BREAK}dcops meters poll{NO_BREAK}»</p>"),
        ("<p>12,5 kWh, 3 U et 40 %</p>", f"<p>12,5{NO_BREAK}kWh, 3{NO_BREAK}U et 40{NO_BREAK}%</p>"),
        (
            "<p>à 12:30, ratio 4:1, 3 Unités, « Go »</p>",
            f"<p>à 12:30, ratio 4:1, 3 Unités, «{NO_BREAK}Go{NO_BREAK}»</p>",
        ),
    ],
)
def test_text_is_set_as_french_printing_wants(written: str, printed: str) -> None:
    assert typeset(written) == printed


@pytest.mark.parametrize(
    "verbatim",
    [
        """<input value="l'an : 3 Go ?">""",
        "<code>echo 'a'b : 3 Go</code>",
        "<script>let a = b ? 'c'd : 3;</script>",
        "<textarea>saisi : l'an</textarea>",
        "<!doctype html>",
    ],
)
def test_tags_code_and_what_was_typed_stay_as_they_are(verbatim: str) -> None:
    assert typeset(verbatim) == verbatim


@given(st.text(alphabet="ad'’ :;?!«»5Go€%<>&#39;/p\n"))
def test_typesetting_adds_and_removes_nothing_and_twice_is_once(text: str) -> None:
    once = typeset(f"<p>{text}</p>")
    assert typeset(once) == once
    assert _plain(once) == _plain(f"<p>{text}</p>")


def _plain(text: str) -> str:
    return text.replace("&#39;", "'").replace("’", "'").replace(NO_BREAK, " ").replace(NARROW, " ")


def test_the_api_is_not_typeset(technician: FlaskClient) -> None:
    document = technician.get("/api/openapi.json")
    assert NO_BREAK not in document.text
