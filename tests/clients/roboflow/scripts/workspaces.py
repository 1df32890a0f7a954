"""What the package lists of a workspace, and of one that is named."""

import json
import os

from roboflow import Roboflow

account = Roboflow(api_key=os.environ.get("KEY", "a-key"))
workspace = account.workspace()
project = account.workspace("acme").project("shapes-segment")
refused = ""
try:
    workspace.project("nothing")
except Exception as error:
    refused = str(error)
print(
    json.dumps(
        {
            "projects": [(one["id"], one["type"]) for one in workspace.project_list],
            "ids": workspace.projects(),
            "type": project.type,
            "classes": project.classes,
            "versions": [version.version for version in project.versions()],
            "refused": refused,
        }
    )
)
