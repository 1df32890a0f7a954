"""The Predict page: what a browser gets at GET /, and what that page asks for."""

from handlers.web.listing import listing
from handlers.web.page import Page

__all__ = ["Page", "listing"]
