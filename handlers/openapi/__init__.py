"""The description of the API, OpenAPI 3.1: made of the dialects' own tables, when it is first asked for."""
