"""演示: one complete life of a tender, and a market around it, through the same verbs as real life."""
