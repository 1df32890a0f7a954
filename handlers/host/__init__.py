"""The HTTP server that functions-framework starts, gunicorn with uvicorn's worker, made fit for the open internet."""
