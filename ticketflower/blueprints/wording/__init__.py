"""The product's words for what the engine knows as statuses and codes: shared by pages of several areas. Pure."""
