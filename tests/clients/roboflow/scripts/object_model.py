"""PROJECT VERSION PICTURE OPTIONS LOCAL: the package's whole object model, from the key to the predictions.

OPTIONS are those of `predict`, as JSON. LOCAL is empty, or the address where the model is asked, or "newest":
then the model is come to by its training.
"""

import base64
import json
import os
import sys

import cv2
from roboflow import Roboflow

project, version, picture, options, local = sys.argv[1:]
chosen = json.loads(options)
array = cv2.imread(picture) if chosen.pop("array", False) else picture
project = Roboflow(api_key=os.environ.get("KEY", "a-key")).workspace().project(project)
newest = local == "newest"
model = project.version(version).models()[0] if newest else project.version(version, local=local or None).model
answer = model.predict(array, **chosen)
said: object = base64.b64encode(answer).decode() if isinstance(answer, bytes) else answer.json()["predictions"]
if array is picture and not isinstance(answer, bytes) and "://" not in picture:
    answer.save("annotated.jpg")  # drawn by the package
print(json.dumps({"class": type(model).__name__, "said": said}, default=str))  # an array is among what was asked
