"""The servers that are compared with, run in .venv-peers."""
