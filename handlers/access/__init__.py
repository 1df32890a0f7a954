"""Who calls, and whether that is allowed: keys, their file, and the address that a request comes from."""
