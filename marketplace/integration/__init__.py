"""The outside world: OCDS in, history replayed; it may read every domain below."""
