"""Why a value that was written in a file or an address is refused, in French; pure."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_core import ErrorDetails

_DATE = "date attendue, telle que 2024-01-31"
_WHOLE = "nombre entier attendu"
_NUMBER = "nombre attendu"
_REASONS = {
    "bool_parsing": "true ou false attendu",
    "bool_type": "true ou false attendu",
    "date_from_datetime_inexact": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_parsing": _DATE,
    "date_type": _DATE,
    "decimal_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "dict_type": "table attendue",
    "enum": "valeurs possibles : {expected}",
    "extra_forbidden": "clé inconnue",
    "finite_number": _NUMBER,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "greater_than": "plus de {gt}",
    "greater_than_equal": "{ge} au moins",
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_type": _WHOLE,
    "less_than_equal": "{le} au plus",
    "list_type": "liste attendue",
    "literal_error": "valeurs possibles : {expected}",
    "missing": "valeur obligatoire absente",
    "model_type": "table attendue",
    "path_type": "chemin attendu",
    "string_pattern_mismatch": "écriture inattendue ({pattern})",
    "string_too_long": "{max_length} caractères au plus",
    "string_too_short": "{min_length} caractères au moins",
    "string_type": "texte attendu",
    "too_long": "{max_length} éléments au plus",
    "too_short": "{min_length} élément au moins",
    "tuple_type": "liste attendue",
    "value_error": "{error}",
}


def reason(error: ErrorDetails, own: Mapping[str, str] | None = None) -> str:
    """The words for a person; ``own`` words replace the usual ones of a kind, pydantic's stand for rare kinds."""
    words = {**_REASONS, **(own or {})}.get(error["type"])
    if words is None:
        return error["msg"]
    return words.format_map(error.get("ctx", {})).replace(" or ", " ou ")
