"""The tariff grid: dated, voted prices, and quotes that explain themselves."""
