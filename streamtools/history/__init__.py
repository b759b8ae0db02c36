"""A conversation that stays bounded: results capped and spilled, whole turns trimmed, tiers, event streams."""
