"""What `infra/endpoint` does. Nothing but Python's standard library, so that it runs where nothing is installed.

cli.py        the arguments, and which command they ask for
values.py     what stands behind an argument
commands.py   start, stop, status, list, url, delete, regions
deploying.py  deploy: the sizes asked for -> gcloud's own deployment
flags.py      what gcloud is told of a deployment
logs.py       the service's log entries
latency.py    how far each region is
cloudrun.py   the Cloud Run Admin API v2
states.py     a service as the API gives it -> Ready, Stopped and so on
sizes.py      what Cloud Run gives an instance, and where
output.py     tables, JSON, progress

Start and stop call the API: gcloud takes 1.5 seconds to start, for each region, and cannot send both limits and the
mode in one stable command. Deployments go through gcloud, which alone can send a folder to be built.
"""
