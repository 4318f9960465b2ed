"""Measure, don't believe: every figure is a ratio to a floor taken in the same run."""
