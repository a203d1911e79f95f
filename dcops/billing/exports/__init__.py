"""Documents leave dcops: PDF with Factur-X, HTML, titres de recettes; one module per format, bytes out."""
