// Draws every [data-chart] with Plotly, in French, in the product's colours.
Plotly.register({
  moduleType: "locale",
  name: "fr",
  dictionary: {
    "Autoscale": "Échelle automatique", "Box Select": "Sélection rectangulaire", "Click to enter X axis title": "",
    "Double-click to zoom back out": "Double-cliquer pour revenir", "Download plot as a png": "Télécharger l’image (PNG)",
    "Download plot as a PNG": "Télécharger l’image (PNG)", "Pan": "Déplacer", "Reset axes": "Réinitialiser", "Zoom": "Zoom",
    "Zoom in": "Agrandir", "Zoom out": "Réduire", "Toggle Spike Lines": "Lignes de repère",
  },
  format: {
    days: ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
    shortDays: ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
    months: ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
    shortMonths: ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    date: "%d/%m/%Y", decimal: ",", thousands: "\u202f",
  },
});
const NARROW = 520; // pixels: fewer labels, none of them turned
function draw(root) {
  for (const canvas of root.querySelectorAll("[data-chart]")) drawOne(canvas);
}
function drawOne(canvas) {
  const figure = JSON.parse(canvas.dataset.chart);
  const { xaxis = {} } = figure.layout || {};
  if (canvas.clientWidth < NARROW && xaxis.nticks) Object.assign(xaxis, { nticks: Math.min(xaxis.nticks, 5), tickangle: 0 });
  const layout = {
    margin: { l: 56, r: 16, t: 8, b: 40 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: 13, color: "#1b2a30" },
    colorway: ["#0b4f5c", "#c98200", "#1b4f8a", "#9b1c1c", "#17663b", "#6b4c9a"],
    legend: { orientation: "h", y: 1.12 }, hovermode: "x unified", separators: ",\u202f",
    ...figure.layout,
    xaxis: { gridcolor: "#e6edef", ticklabelstandoff: 3, ...(figure.layout || {}).xaxis },
    yaxis: { gridcolor: "#e6edef", rangemode: "tozero", ticklabelstandoff: 6, automargin: true, ...(figure.layout || {}).yaxis },
  };
  Plotly.newPlot(canvas, figure.data, layout, { responsive: true, locale: "fr", displaylogo: false, displayModeBar: false });
}
draw(document);
document.addEventListener("dcops:loaded", (event) => draw(event.target)); // what came after the page
// On paper a chart is as wide as the sheet, not as the screen.
const SHEET = 660; // pixels: A4 less its margins
function sized(size) {
  for (const canvas of document.querySelectorAll("[data-chart].js-plotly-plot")) Plotly.relayout(canvas, size(canvas));
}
window.addEventListener("beforeprint", () => sized((canvas) => ({ width: Math.min(SHEET, canvas.clientWidth) })));
window.addEventListener("afterprint", () => sized(() => ({ width: null, autosize: true })));
