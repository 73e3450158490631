"""The lives of a complaint and of what belongs to it, one table each."""
