"""Short functions: selector → form → one service → redirect."""
