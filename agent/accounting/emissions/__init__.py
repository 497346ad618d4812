"""From energy to grams, by each method."""
