"""The aliases of public models that the client replaces."""

import json

from inference_sdk.http.utils.aliases import REGISTERED_ALIASES

print(json.dumps(REGISTERED_ALIASES))
