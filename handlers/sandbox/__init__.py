"""Decoders that are not trusted, in processes of their own (worker.py), and the server's side of them (pool.py)."""
