"""From a checkpoint to a served model: exported, compared with its checkpoint, uploaded, indexed.

    python -m model_cache.publish best.pt gs://bucket/models/helmets
    python -m model_cache.publish list|remove|verify|prune ...

arguments.py reads the command line; source.py and export.py make the file; precision.py and int8.py store or
compute it in fewer bits; comparison.py holds it against ultralytics' own prediction; destinations/ and index.py
put it into the store.
"""
