"""Every page in a real browser, at both widths: accessible, quiet, never wider than the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDTHS, keep, whole

pytestmark = pytest.mark.browser
STAFF = {
    "tableau-de-bord": "/tableau-de-bord/",
    "baies": "/baies/",
    "baie": "/baies/A01",
    "baie-reserver": "/baies/A02/reserver",
    "baie-fin": "/baies/parts/1/fin",
    "place-trouver": "/baies/trouver",
    "place-trouvee": "/baies/trouver?kind=half&watts=2000&start=2024-07-01",
    "espace-nouveau": "/baies/espaces/nouveau",
    "salle": "/salles/Amiens/Salle 1",
    "salle-puissance": "/salles/Amiens/Salle 1?couleur=puissance",
    "salle-ecarts": "/salles/Amiens/Salle 1?couleur=ecarts",
    "machines": "/machines/",
    "machine": "/machines/1",
    "sauvegarde": "/sauvegarde/",
    "boitier": "/sauvegarde/SN-0001",
    "antivirus": "/antivirus/",
    "console": "/antivirus/console",
    "ecarts": "/ecarts/",
    "ecart": "/ecarts/1",
    "ecarts-filtres": "/ecarts/?q=web&etat=tous&sort=customer",
    "ecarts-lot": "/ecarts/lot/ignorer?finding=1&finding=2",
    "ecarts-plan": "/ecarts/lot/planifier?finding=1&finding=2",
    "ecarts-plans": "/ecarts/plans/",
    "ecarts-tendance": "/ecarts/tendance",
    "premier-jour": "/premier-jour/",
    "energie": "/energie/?month=2024-06",
    "energie-courbe": "/energie/courbe?de=baie:A01&from=2024-05-30&to=2024-06-05",
    "energie-courbe-tableau": "/energie/courbe?de=baie:A01&from=2024-05-30&to=2024-06-05&page=2",
    "energie-carte": "/energie/carte?de=baie:A01&from=2024-05-20&to=2024-06-14&sort=-day",
    "energie-equilibre": "/energie/equilibre/?from=2024-06-01&to=2024-06-14",
    "energie-voies": "/energie/equilibre/A01?from=2024-05-30&to=2024-06-14",
    "energie-reserve": "/energie/reserve/",
    "energie-pue": "/energie/pue/",
    "releves": "/energie/releves/",
    "releves-appareils": "/energie/releves/appareils",
    "releve": "/energie/releves/1",
    "compteurs": "/energie/compteurs/",
    "compteur": "/energie/compteurs/A01-A?from=2024-06-01&to=2024-06-03",
    "partage": "/energie/partage/",
    "alertes": "/alertes/",
    "alerte": "/alertes/1",
    "exceptions": "/energie/exceptions/?etat=",
    "exception": "/energie/exceptions/1",
    "exceptions-periode": "/energie/exceptions/periode/?compteur=A01-A&du=2024-06-02T10:00&au=2024-06-02T14:00",
    "contrats": "/contrats/",
    "contrats-passes": "/contrats/?on=2024-03-01",
    "contrats-echeances": "/contrats/echeances?jours=1000",
    "contrat-d-une-commande": "/contrats/antivirus/1?sortie=2025-06-30",
    "assistance": "/assistance/",
    "assistance-albert": "/assistance/albert",
    "intervention": "/assistance/intervention",
    "devis": "/grille/devis",
    "devis-chiffre": "/grille/devis?code=intramuros-commune&customer=albert&on=2024-03-01&quantity=1",
    "devis-refuse": "/grille/devis?code=connect-epci&customer=albert&on=2024-03-01&quantity=1",
    "ligne-de-grille": "/grille/lignes/dc-elec",
    "facturation": "/facturation/",
    "facturation-simulation": "/facturation/simulation/?year=2024",
    "facturation-simulation-albert": "/facturation/simulation/2024/albert",
    "campagne": "/facturation/campagnes/2024-1",
    "campagne-documents": "/facturation/campagnes/2024-1/documents",
    "campagne-non-facture": "/facturation/campagnes/2024-1/non-facture",
    "campagne-exports": "/facturation/campagnes/2023-1/exports",
    "factures": "/facturation/factures",
    "facture": "/facturation/factures/F-2024-00001",
    "facture-ligne": "/facturation/factures/F-2024-00001/lignes/1",
    "brouillon": "/facturation/brouillons/2",
    "grille": "/grille/",
    "simulation": "/grille/simulation/?year=2024&changes=%2B2",
    "contributions": "/rapports/contributions",
    "collectivites": "/collectivites/",
    "collectivite": "/collectivites/albert",
    "administration": "/administration/",
    "mot-de-passe": "/mot-de-passe",
    "recherche": "/recherche/?q=albert",
}

ACCOUNTANT = {
    "facturation-comptable": "/facturation/",
    "campagne-comptable": "/facturation/campagnes/2024-1",
    "campagne-emission": "/facturation/campagnes/2024-1/emission",
    "campagne-abandon": "/facturation/campagnes/2024-1/abandon",
    "campagne-exports-comptable": "/facturation/campagnes/2023-1/exports",
    "abonnement-nouveau": "/contrats/nouveau?collectivite=albert",
    "collectivite-identite": "/collectivites/albert/identite",
    "collectivite-population": "/collectivites/albert/population",
    "collectivite-adhesion": "/collectivites/albert/adhesion",
    "collectivites-incompletes": "/collectivites/?identite=incomplete",
    "facture-avoir": "/facturation/factures/F-2024-00001/avoir",
    "boitier-forfait": "/sauvegarde/SN-0001/forfait",
}


FOUND = "axe.run({resultTypes: ['violations']}).then(results => results.violations)"


def problems(page: Page) -> list[str]:
    """What axe finds, in words."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(FOUND)
    return [f"{v['id']}: {v['help']} — {node['html'][:160]}" for v in found for node in v["nodes"]]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def at_each_width(page: Page) -> Iterator[str]:
    """A page of a desk, then of a phone: what a script drew for the first width is loaded again, the rest follows."""
    yield "desktop"
    page.set_viewport_size(WIDTHS["phone"])
    if page.locator(".chart-canvas").count():
        page.reload()
    yield "phone"


@pytest.mark.parametrize("width", ["desktop"])
@pytest.mark.parametrize("name", sorted(STAFF | ACCOUNTANT))
def test_a_staff_page_is_accessible_and_fits(visit: Callable[[str], Page], site: str, name: str) -> None:
    page = visit("compta" if name in ACCOUNTANT else "tech")
    path = (STAFF | ACCOUNTANT)[name]
    answer = page.goto(site + path)
    assert answer is not None
    assert answer.ok, f"{path}: {answer.status}"
    for width in at_each_width(page):
        whole(page)
        keep(page, f"{name}-{width}")
        assert (width, problems(page)) == (width, [])
        assert (width, max(0, overflow(page))) == (width, 0)


def test_a_commune_s_page_is_accessible_and_fits(visit: Callable[[str], Page], site: str, width: str) -> None:
    page = visit("mairie")
    page.goto(site)
    expect(page).to_have_url(f"{site}/mon-espace/")
    keep(page, f"mon-espace-{width}")
    assert problems(page) == []
    assert overflow(page) <= 0


@pytest.mark.parametrize("picture", ["courbe", "carte"])
def test_a_picture_of_a_commune_is_accessible_and_fits(
    visit: Callable[[str], Page], site: str, width: str, picture: str
) -> None:
    page = visit("mairie")
    page.goto(f"{site}/mon-espace/energie/{picture}?from=2024-06-01&to=2024-06-14")
    expect(page.locator(".chart-canvas svg").first).to_be_visible()
    keep(page, f"mon-espace-{picture}-{width}")
    assert problems(page) == []
    assert overflow(page) <= 0


def test_the_values_of_a_picture_are_opened_by_the_keyboard(visit: Callable[[str], Page], site: str) -> None:
    page = visit("tech")
    page.goto(f"{site}/energie/courbe?de=baie:A01&from=2024-06-01&to=2024-06-05&pas=day")
    page.locator("#tableau summary").focus()
    page.keyboard.press("Enter")
    table = page.get_by_role("table")
    expect(table).to_be_visible()
    expect(table.get_by_role("row")).to_have_count(7)  # its heads, five days, their total
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#tableau') !== null")


def test_the_door_is_accessible_and_fits(visit: Callable[[str], Page], site: str, width: str) -> None:
    page = visit("")
    page.goto(f"{site}/connexion")
    keep(page, f"connexion-{width}")
    assert problems(page) == []
    assert overflow(page) <= 0


DRAWN = """svg => {
    const box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width;
    const texts = [...svg.querySelectorAll('text')].map(text => {
        const slot = text.closest('.elev-slot'), words = text.getBoundingClientRect();
        const room = slot ? slot.querySelector('rect').getBoundingClientRect() : box;
        return {
            said: text.textContent, pixels: parseFloat(getComputedStyle(text).fontSize) * scale,
            outside: Math.max(room.left - words.left, words.right - room.right),
        };
    });
    const units = texts.filter(text => /^[0-9]+$/.test(text.said)).length;
    return {texts, unit: svg.querySelector('.elev-free').getBoundingClientRect().height / units};
}"""


def test_a_rack_is_read_without_glasses_and_leads_to_who_bought_it(visit: Callable[[str], Page], site: str) -> None:
    page = visit("tech")
    page.goto(f"{site}/baies/A01")
    drawing = page.locator("svg.elev")
    drawn = drawing.evaluate(DRAWN)
    assert min(text["pixels"] for text in drawn["texts"]) >= 11
    assert [text for text in drawn["texts"] if text["outside"] > 0.5] == []
    assert drawn["unit"] >= 20
    expect(drawing.get_by_role("img", name="U1 à U2 : srv-albert (occupé)")).to_be_visible()
    drawing.get_by_role("link", name="U1 à U21 : Ville d’Albert (vendu)").press("Enter")
    expect(page.get_by_role("heading", level=1, name="Ville d’Albert")).to_be_visible()


def test_a_curve_is_drawn_and_its_table_opens(visit: Callable[[str], Page], site: str) -> None:
    page = visit("tech")
    page.goto(f"{site}/baies/A01?from=2024-06-01&to=2024-06-07")
    expect(page.locator("#courbe-graphique .barlayer .bars")).to_have_count(2)  # measured and estimated
    expect(page.locator("#courbe-graphique")).to_contain_text("Estimé")
    page.get_by_text("Voir le tableau des valeurs").click()
    expect(page.get_by_role("cell", name="02/06/2024 00:00")).to_be_visible()


def test_a_line_of_an_invoice_says_why_when_it_opens(visit: Callable[[str], Page], site: str, width: str) -> None:
    page = visit("tech")
    page.goto(f"{site}/facturation/factures/F-2024-00001")
    line = page.locator("details.invoice-line").first
    line.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(line.get_by_role("heading", name="Grille et vote")).to_be_visible()
    expect(line).to_contain_text("syndical du 29 janvier 2024")
    keep(page, f"pourquoi-{width}")
    assert problems(page) == []
    assert overflow(page) <= 0


def test_what_remains_to_be_billed_comes_once_computed(visit: Callable[[str], Page], site: str) -> None:
    page = visit("tech")
    page.goto(f"{site}/facturation/?year=2023")
    expect(page.locator(".stat", has_text="Reste à facturer")).to_contain_text("0,00 €")


def test_the_menu_is_reached_by_keyboard_alone(visit: Callable[[str], Page], site: str, width: str) -> None:
    page = visit("tech")
    page.goto(f"{site}/tableau-de-bord/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    if width == "phone":
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Ouvrir le menu")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="Menu principal")).to_be_visible()
    link = page.get_by_role("link", name="Baies", exact=True)
    for _ in range(12):
        page.keyboard.press("Tab")
        if link.evaluate("node => node === document.activeElement"):
            break
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Baies")).to_be_visible()


def test_the_slash_key_leads_to_the_search(visit: Callable[[str], Page], site: str) -> None:
    page = visit("tech")
    page.goto(f"{site}/baies/")
    page.keyboard.press("/")
    page.keyboard.type("web-01")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="web-01").click()
    expect(page.get_by_role("heading", level=1, name="web-01")).to_be_visible()


@pytest.mark.parametrize("path", ["/assistance/intervention", "/baies/", "/energie/?month=2024-06"])
def test_what_has_the_focus_is_seen(visit: Callable[[str], Page], site: str, path: str) -> None:
    page = visit("tech")
    page.goto(site + path)
    for _ in range(14):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outline")
        seen = "3px" in outline and "none" not in outline
        assert seen, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


@pytest.mark.parametrize("path", ["/energie/?month=2024-06", "/ecarts/", "/baies/A01", "/grille/devis"])
def test_a_page_enlarged_four_times_still_fits(visit: Callable[[str], Page], site: str, path: str) -> None:
    page = visit("tech")
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(site + path)
    assert overflow(page) <= 0
